import type { Client } from '@verve/contract';
import type { Logger } from 'pino';

import type { Executor } from './executor.ts';
import type { ForgeTokens } from './forge-tokens.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { RunLogs } from './logs/run-logs.ts';
import type { Meters } from './meters.ts';
import type { Preparation } from './run-preparation.ts';

/** What every attempt works with. */
export interface AttemptParts {
  readonly client: Client;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly keeper: LeaseKeeper;
  readonly logs: RunLogs;
  readonly forgeTokens: Pick<ForgeTokens, 'release'>;
  readonly meters: Meters;
  /** What the run is started with, by this worker's configuration. */
  prepare(entry: JournalEntry): Promise<Preparation>;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  /** Between two tries after trouble on this side, ms. */
  readonly troubleMs: number;
  readonly logger: Logger;
}

/** The server no longer holds the attempt for this worker. */
export class AttemptLost extends Error {
  override readonly name = 'AttemptLost';
}
