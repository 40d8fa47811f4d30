import { readFile, rm } from 'node:fs/promises';

import type { Logger } from 'pino';

import { isAbsence } from './file-error.ts';
import { TokenDelayed, type MintedToken } from './forge-tokens.ts';
import { createTurns } from './turns.ts';
import { writeWhole } from './whole-file.ts';

/** How long a forge that is away is asked for a run that waits. */
const patienceMs = 45_000;
const firstDelayMs = 1_000;
/** Between two tries to renew a token that is good for a while yet. */
const renewAgainMs = 30_000;
/** Timers stand still while a machine sleeps; its clock, which is looked at this often, does not. */
const lookMs = 30_000;

/** Time, as far as tokens need it. */
export interface TokenClock {
  /** A clock that only goes forward, ms, also while the machine sleeps. */
  now(): number;
  /** Waits that long, or less when the signal says so; never throws. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** What keeping a token takes. */
export interface TokenKeeping {
  readonly repository: string;
  readonly file: string;
  readonly mint: (signal: AbortSignal) => Promise<MintedToken>;
  readonly clock: TokenClock;
  readonly logger: Logger;
}

/** The token of one repository and its file. Calls take effect one after the other. */
export interface KeptToken {
  readonly file: string;
  /** Every token that stood in the file since this process looks after it. */
  readonly secrets: ReadonlySet<string>;
  /** Takes over what an earlier process left; false when it left nothing. */
  inherit(): Promise<boolean>;
  /** Sees to it that the file has a token in the first half of its life, and asks a forge that is away for a while. */
  freshen(signal: AbortSignal): Promise<void>;
  /** Replaces the token each time half of its life is over, whatever trouble there is, until the signal. Never throws. */
  renew(signal: AbortSignal): Promise<void>;
  /** Removes the file, unless somebody needs it by then. */
  remove(isNeeded: () => boolean): Promise<void>;
}

/** Knows of no token at first. */
export function createKeptToken({ repository, file, mint, clock, logger }: TokenKeeping): KeptToken {
  const secrets = new Set<string>();
  const turns = createTurns();
  let renewAtMs = -Infinity;

  async function replace(signal: AbortSignal): Promise<void> {
    if (clock.now() < renewAtMs) return;
    const { token, lifeMs } = await mint(signal);
    // Before any run can read and print it.
    secrets.add(token);
    await writeWhole(file, `${token}\n`);
    renewAtMs = clock.now() + lifeMs / 2;
  }

  const inTurn = async (signal: AbortSignal): Promise<void> => turns.take(file, async () => replace(signal));

  async function untilDue(signal: AbortSignal): Promise<void> {
    for (let leftMs = renewAtMs - clock.now(); leftMs > 0 && !signal.aborted;) {
      await clock.pause(Math.min(leftMs, lookMs), signal);
      leftMs = renewAtMs - clock.now();
    }
  }

  /** Gives how many renewals have failed in a row by then; waits after one that has. */
  async function renewOnce(failures: number, signal: AbortSignal): Promise<number> {
    try {
      await inTurn(signal);
      if (failures > 0) logger.info({ repository, failures }, 'forge token renewed after all');
      return 0;
    } catch (error) {
      if (signal.aborted) return failures;
      if (failures === 0) logger.warn({ repository, why: String(error) }, notRenewed);
      await clock.pause(renewAgainMs, signal);
      return failures + 1;
    }
  }

  return {
    file,
    secrets,
    async inherit() {
      const token = await readFile(file, 'utf8').catch((error: unknown) => {
        if (isAbsence(error)) return undefined;
        throw error;
      });
      if (token === undefined) return false;
      secrets.add(token.trim());
      return true;
    },
    async freshen(signal) {
      const untilMs = clock.now() + patienceMs;
      for (let delayMs = firstDelayMs; ; delayMs *= 2) {
        try {
          return await inTurn(signal);
        } catch (error) {
          signal.throwIfAborted();
          await clock.pause(waitMsAfter(error, delayMs, untilMs - clock.now()), signal);
        }
      }
    },
    async renew(signal) {
      for (let failures = 0; ;) {
        await untilDue(signal);
        if (signal.aborted) return;
        failures = await renewOnce(failures, signal);
      }
    },
    async remove(isNeeded) {
      await turns.take(file, async () => {
        if (isNeeded()) return;
        renewAtMs = -Infinity;
        await rm(file, { force: true });
      });
    },
  };
}

const notRenewed = 'forge token cannot be renewed; the one before stays, and it is tried again';

/** Throws what is no delay, and one that outlasts the time left. */
function waitMsAfter(error: unknown, delayMs: number, leftMs: number): number {
  if (!(error instanceof TokenDelayed)) throw error;
  const waitMs = Math.max(delayMs, error.retryAfterMs ?? 0);
  if (waitMs > leftMs) throw error;
  return waitMs;
}
