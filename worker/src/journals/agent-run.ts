import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { journalEntry, type Journal, type JournalEntry, type Withdrawal } from '../journal.ts';
import type { AgentRun } from '../kubernetes/agent-run.ts';
import type { AgentRuns } from '../kubernetes/agent-runs.ts';
import { annotations, labels, objectName } from '../kubernetes/run-objects.ts';
import { createTurns } from '../turns.ts';
import { endChange, outcomeChange } from './agent-run-end.ts';

const why = 'its AgentRun was deleted in Kubernetes';

/** What the journal is made of. */
export interface AgentRunJournalOptions {
  readonly agentRuns: AgentRuns;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * A journal of AgentRuns: an annotation of each has the entry, without the spec's description. That stands in the run's
 * own Secret, made before the entry, which the worker may not read; no start after the first one needs it. An AgentRun
 * without an entry is half made and is discarded. People are told how an attempt ended; a removed entry's AgentRun stays
 * for them. Whoever deletes an AgentRun withdraws its attempt.
 */
export function createAgentRunJournal({ agentRuns, now, logger }: AgentRunJournalOptions): Journal {
  const turns = createTurns();
  /** What was read or written whole, by the names of its AgentRuns. */
  const known = new Map<string, JournalEntry>();

  async function put(entry: JournalEntry): Promise<void> {
    const { spec, timeoutSeconds, outcome } = entry;
    const name = objectName(entry);
    if (!known.has(name)) await agentRuns.make({ spec, timeoutSeconds });
    await agentRuns.record(entry, JSON.stringify({ ...entry, spec: { ...spec, description: '' } }));
    known.set(name, entry);
    if (!outcome) return;
    try {
      await agentRuns.tell(entry, outcomeChange(outcome));
    } catch (error) {
      logger.warn({ err: error, name }, 'the AgentRun cannot be told of its outcome; it learns of its end');
    }
  }

  async function remove(ref: AttemptRef): Promise<void> {
    const name = objectName(ref);
    const found = await agentRuns.read(ref);
    if (found?.metadata?.labels?.[labels.active] !== undefined) {
      await agentRuns.tell(ref, endChange(known.get(name), now()));
      await agentRuns.release(ref);
    }
    known.delete(name);
  }

  async function discard({ spec, metadata }: AgentRun): Promise<void> {
    const name = metadata?.name;
    logger.warn({ name }, 'an AgentRun that was half made is discarded');
    try {
      await agentRuns.discard(spec);
    } catch (error) {
      logger.error({ err: error, name }, 'an AgentRun cannot be discarded; the next start tries again');
    }
  }

  async function entriesOf(run: AgentRun): Promise<readonly JournalEntry[]> {
    const name = run.metadata?.name ?? '';
    const text = run.metadata?.annotations?.[annotations.journal];
    if (text === undefined) {
      await discard(run);
      return [];
    }
    try {
      const entry = stoppedIfDeleted(run, journalEntry.parse(JSON.parse(text)));
      known.set(name, entry);
      return [entry];
    } catch (error) {
      logger.error({ err: error, name }, 'the entry of an AgentRun cannot be read; left where it is');
      return [];
    }
  }

  return {
    list: async () => (await Promise.all((await agentRuns.list()).map(entriesOf))).flat(),
    put: async (entry) => turns.take(objectName(entry), async () => put(entry)),
    remove: async (ref) => turns.take(objectName(ref), async () => remove(ref)),
    withdrawn: (signal) => deletionsOf(agentRuns, (name) => known.get(name), signal),
  };
}

function stoppedIfDeleted({ metadata }: AgentRun, entry: JournalEntry): JournalEntry {
  if (!metadata?.deletionTimestamp || entry.stop || entry.outcome) return entry;
  return { ...entry, stop: { reason: 'Canceled', message: why } };
}

/** AgentRuns that somebody deletes; `inHand` knows those that somebody took the finalizer from, which are simply gone. */
async function* deletionsOf(
  { active }: Pick<AgentRuns, 'active'>,
  inHand: (name: string) => AttemptRef | undefined,
  signal: AbortSignal,
): AsyncGenerator<Withdrawal> {
  const found: Withdrawal[] = [];
  let news = Promise.withResolvers<undefined>();
  const take = (name: string, run: AgentRun | undefined): void => {
    const ref = run ? deletedRef(run) : inHand(name);
    if (ref) found.push({ taskId: ref.taskId, attempt: ref.attempt, why });
    news.resolve(undefined);
  };
  const end = (): void => news.resolve(undefined);
  const unsubscribe = active.subscribe(take);
  signal.addEventListener('abort', end, { once: true });
  for (const run of active.values()) take(run.metadata?.name ?? '', run);
  try {
    while (!signal.aborted) {
      yield* found.splice(0);
      await news.promise;
      news = Promise.withResolvers();
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', end);
  }
}

function deletedRef({ metadata, spec }: AgentRun): AttemptRef | undefined {
  return metadata?.deletionTimestamp ? spec : undefined;
}
