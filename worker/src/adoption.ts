import { ApiError, type AttemptRef, type Client } from '@verve/contract';
import type { Logger } from 'pino';

import { runName, type Executor, type RunState } from './executor.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { persist } from './retry.ts';

/** What finding out takes. */
export interface AdoptionParts {
  readonly client: Client;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly keeper: LeaseKeeper;
  readonly logger: Logger;
}

/** An attempt that an earlier process began. */
export interface Adopted {
  readonly entry: JournalEntry;
  /** Nothing of it runs any more, or it must not. */
  readonly isOver: boolean;
  /** The server no longer holds it for this worker. */
  readonly isLost: boolean;
}

/**
 * Finds what an earlier process began: the journal's attempts, named in one heartbeat, with the state of their runs and how
 * far the server has their logs. Runs that the journal does not know are removed. Changes nothing else, and says what it
 * found.
 */
export async function findBegun(parts: AdoptionParts, signal: AbortSignal): Promise<readonly Adopted[]> {
  const entries = await parts.journal.list();
  // To remove a stray takes as long as its node is away, and the attempts are to be named meanwhile.
  const [found, strays] = await Promise.all([
    lookAtAll(parts, entries, signal),
    removeStrays(parts, entries),
  ]);
  if (found.length + strays > 0) {
    const lost = found.filter(({ isLost }) => isLost).length;
    const counts = { adopted: found.length - lost, lost, strays };
    parts.logger.info(counts, 'adopted what was begun before');
  }
  return found;
}

async function lookAtAll(
  parts: AdoptionParts,
  entries: readonly JournalEntry[],
  signal: AbortSignal,
): Promise<readonly Adopted[]> {
  const { executor, logger } = parts;
  const lost = await nameAll(parts.keeper, entries, signal);
  const found: Adopted[] = [];
  for (const entry of entries) {
    const ref = { taskId: entry.taskId, attempt: entry.attempt };
    const isLost = lost.has(runName(entry));
    const state = await stateOf(executor, entry, signal);
    const run = state && ('phase' in state ? `${state.kind} ${state.phase}` : state.kind);
    const seq = isLost ? undefined : await positionOf(parts, ref, signal);
    logger.info({ ...ref, run, seq }, isLost ? 'attempt was lost' : 'attempt resumed');
    found.push({ entry, isLost, isOver: isLost || state?.kind === 'ended' || entry.outcome !== undefined });
  }
  return found;
}

/** Runs that the journal does not know: an attempt's entry is removed last, so nobody waits for them. */
async function removeStrays(
  { executor, logger }: AdoptionParts,
  entries: readonly JournalEntry[],
): Promise<number> {
  const known = new Set(entries.map(runName));
  const strays = (await executor.list()).filter((ref) => !known.has(runName(ref)));
  for (const ref of strays) {
    try {
      await executor.stop(ref);
      await executor.remove(ref);
    } catch (error) {
      logger.error(
        { ...ref, err: error },
        'a run that nobody waits for cannot be removed; the next start tries again',
      );
    }
  }
  return strays.length;
}

/** Which of them the server no longer holds for this worker. Whoever takes an attempt over hears it again. */
async function nameAll(
  keeper: LeaseKeeper,
  entries: readonly JournalEntry[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const lost = new Set<string>();
  for (const entry of entries) {
    const name = runName(entry);
    keeper.hold({ ref: entry, lost: () => lost.add(name), cancel: () => undefined });
    keeper.name(entry);
  }
  await keeper.confirm(signal);
  return lost;
}

async function stateOf(
  executor: Executor,
  ref: AttemptRef,
  signal: AbortSignal,
): Promise<RunState | undefined> {
  for await (const state of executor.observe(ref, signal)) return state;
  return undefined;
}

/** The last chunk that is durable; undefined when the server does not know the attempt. */
async function positionOf(
  { client, logger }: AdoptionParts,
  { taskId, attempt }: AttemptRef,
  signal: AbortSignal,
): Promise<number | undefined> {
  const params = { id: taskId, attempt: String(attempt) };
  const ask = async (): Promise<{ lastSeq: number }> => client.ask('readPosition', { params, signal });
  try {
    return (await persist({ call: 'read position', logger }, ask, signal)).lastSeq;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
