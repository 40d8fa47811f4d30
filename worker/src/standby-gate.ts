import type { WorkerSettings } from './config.ts';
import type { Finding } from './doctor/finding.ts';
import { checkServer } from './doctor/server.ts';
import type { Health } from './health.ts';
import { untilMended, type StartGate } from './start-gate.ts';
import type { WorkerKey } from './worker-key.ts';

/** What a standby needs to ask the server. */
interface StandbyGateOptions extends Pick<StartGate, 'logger'> {
  readonly settings: WorkerSettings;
  readonly key: WorkerKey;
  readonly health: Pick<Health, 'enter' | 'hinder'>;
  /** Between two looks, in whole seconds; absent: 2 s. */
  readonly lookAgainMs?: number;
}

/** Keeps a process that stands by from being ready until the server would take it. */
export interface StandbyGate extends AsyncDisposable {
  /** Another process works, and this one is next; called at most once. */
  readonly standBy: () => void;
}

/**
 * Whoever rolls out a worker with a wrong server or key keeps the one that works: what follows it is not ready. Disposing of
 * the gate ends the asking: a process whose turn has come looks after its runs, even while the server is away.
 */
export function createStandbyGate(
  { settings, key, health, logger, lookAgainMs = 2_000 }: StandbyGateOptions,
  stop: AbortSignal,
): StandbyGate {
  const turn = new AbortController();
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const look = async (either: AbortSignal): Promise<readonly Finding[]> => {
      await key.readAgain();
      return checkServer(settings, key.current(), either);
    };
    const signal = AbortSignal.any([stop, turn.signal]);
    try {
      await untilMended({ look, health, logger, lookAgainMs }, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    standBy: () => {
      health.hinder('the server has not been asked yet');
      health.enter('standing by');
      asking = ask();
    },
    async [Symbol.asyncDispose]() {
      turn.abort();
      await asking;
      health.hinder(undefined);
    },
  };
}
