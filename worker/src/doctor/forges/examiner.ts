import type { WorkerSettings } from '../../config.ts';
import type { ForgeFetch } from '../../network-fetch.ts';
import type { Finding } from '../finding.ts';
import type { ExaminedForge } from './examined-forge.ts';
import type { ForgeAsk } from './forge-asking.ts';
import type { NamedUser } from './named-users.ts';

/** What a token's examination takes. */
export interface TokenExamination {
  readonly forge: ExaminedForge;
  readonly token: string;
  /** Whom its pull requests are to have. */
  readonly users: readonly NamedUser[];
  /** Logged in with the token. */
  readonly ask: ForgeAsk;
  readonly settings: WorkerSettings;
  /** The wall clock, ms since 1970. */
  readonly nowMs: number;
}

/** How the tokens of one kind of forge are examined. */
export interface TokenExaminer {
  /** The header's value that logs a token in. */
  authorize(token: string): string;
  /** Whether it is valid, its rights enough, and what is missing. Throws what `fetch` throws. */
  examine(examination: TokenExamination): Promise<readonly Finding[]>;
}

/** What an App's examination takes. */
export interface AppExamination {
  readonly forge: ExaminedForge & { readonly app: NonNullable<ExaminedForge['app']> };
  /** Whom its pull requests are to have. */
  readonly users: readonly NamedUser[];
  readonly settings: WorkerSettings;
  readonly fetch: ForgeFetch['fetch'];
  readonly signal: AbortSignal;
}
