import type { Logger } from 'pino';

import type { KubernetesSettings } from '../kubernetes-settings.ts';
import { pause } from '../pause.ts';
import type { AgentRun } from './agent-run.ts';
import { ifThere } from './api-error.ts';
import { within, type Cluster } from './cluster.ts';
import { nameOf } from './object-store.ts';
import { group, labels, version } from './run-objects.ts';

const sweepAgainMs = 3_600_000;
const at = { group, version, plural: 'agentruns' };

/** Which finished AgentRuns are to go: those that are too old, and of too many the oldest. */
export function overdueRuns(
  finished: readonly AgentRun[],
  { hours, count }: KubernetesSettings['keep'],
  nowMs: number,
): readonly AgentRun[] {
  const newestFirst = finished.toSorted((a, b) => endedAtMs(b) - endedAtMs(a));
  const oldestMs = nowMs - hours * 3_600_000;
  return newestFirst.filter((run, n) => n >= count || endedAtMs(run) < oldestMs);
}

function endedAtMs({ status, metadata }: AgentRun): number {
  return Date.parse(status?.endedAt ?? String(metadata?.creationTimestamp ?? 0));
}

/** Whose AgentRuns are swept, and which stay. */
export interface FinishedRunsOptions {
  readonly cluster: Cluster;
  readonly installation: string;
  readonly keep: KubernetesSettings['keep'];
  readonly logger: Logger;
}

/** Removes finished AgentRuns now and each hour, until it is disposed of. */
export function sweepFinishedRuns(options: FinishedRunsOptions): AsyncDisposable {
  const { logger } = options;
  const disposal = new AbortController();
  const { signal } = disposal;

  async function sweepInTime(): Promise<void> {
    while (!signal.aborted) {
      await sweep(options, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error }, 'finished AgentRuns cannot be swept; trying later');
      });
      await pause(sweepAgainMs, signal);
    }
  }

  const sweeping = sweepInTime();
  return {
    async [Symbol.asyncDispose]() {
      disposal.abort();
      await sweeping;
    },
  };
}

async function sweep(
  { cluster, installation, keep }: FinishedRunsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { custom, namespace } = cluster;
  const labelSelector = `${labels.installation}=${installation},!${labels.active}`;
  const { items } = await custom.listNamespacedCustomObject(
    { ...at, namespace, labelSelector },
    within(signal, 60_000),
  );
  for (const run of overdueRuns(items, keep, Date.now())) {
    const body = { propagationPolicy: 'Background' };
    const name = nameOf(run);
    await ifThere(custom.deleteNamespacedCustomObject({ ...at, namespace, name, body }, within(signal)));
  }
}
