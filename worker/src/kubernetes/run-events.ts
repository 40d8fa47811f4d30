import { statusOfReason } from '@verve/contract';
import type { Logger } from 'pino';

import type { AgentRun } from './agent-run.ts';
import { within, type Cluster } from './cluster.ts';
import type { ConditionChange } from './conditions.ts';
import { nameOf } from './object-store.ts';
import { group, version } from './run-objects.ts';

const messageLength = 1_024;

/** An Event on an AgentRun, as `kubectl describe` shows it. */
interface RunEvent {
  readonly type: 'Normal' | 'Warning';
  /** In PascalCase. */
  readonly reason: string;
  readonly message: string;
}

/** Tells of AgentRuns by Events. One that cannot be told is logged. */
export interface RunEvents {
  /** What is new of an AgentRun, in the order in which it came. */
  tell(run: AgentRun, news: readonly ConditionChange[]): Promise<void>;
}

/** Conditions without Events: the end says the same. */
const untold = new Set(['LogsDrained', 'Published']);
/** That something has not begun yet is what everybody expects. */
const expected = 'Pending';

/** What `kubectl describe` is to say of a condition's change. */
export function eventOf({ type, status, reason, message }: ConditionChange): RunEvent | undefined {
  if (untold.has(type) || reason === expected) return undefined;
  const isGood = status === 'True' && [undefined, 'completed'].includes(statusOfReason(reason));
  return { type: isGood ? 'Normal' : 'Warning', reason, message: message.slice(0, messageLength) };
}

/** In the namespace of the cluster. */
export function createRunEvents({ core, namespace }: Cluster, logger: Logger): RunEvents {
  async function tellOne(run: AgentRun, { type, reason, message }: RunEvent): Promise<void> {
    const name = nameOf(run);
    const now = new Date();
    const body = {
      metadata: { generateName: `${name}-` },
      involvedObject: {
        apiVersion: `${group}/${version}`,
        kind: 'AgentRun',
        name,
        namespace,
        ...(run.metadata?.uid !== undefined && { uid: run.metadata.uid }),
      },
      type,
      reason,
      message,
      source: { component: 'verve-worker' },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    try {
      await core.createNamespacedEvent({ namespace, body }, within(new AbortController().signal));
    } catch (error) {
      logger.warn({ err: error, name, reason }, 'an Event of an AgentRun cannot be told');
    }
  }

  return {
    async tell(run, news) {
      for (const event of news.flatMap((change) => eventOf(change) ?? [])) await tellOne(run, event);
    },
  };
}
