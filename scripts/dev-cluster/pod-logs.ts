import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from './cluster.ts';
import { CommandFailed } from './command.ts';
import { logText } from './log-text.ts';
import { newestContainer, type Pod, type RunningContainer } from './running-container.ts';

const lookEveryMs = 1_000;

/** Shows what a part writes from now on, through all its pods, until the signal aborts. */
export async function showLogs(
  cluster: Cluster,
  part: 'server' | 'worker',
  signal: AbortSignal,
): Promise<void> {
  const since = new Date().toISOString();
  let shown = '';
  while (!signal.aborted) {
    const container = await findContainer(cluster, part);
    if (container === undefined || container.id === shown)
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    else {
      shown = container.id;
      await follow(cluster, { part, since, ...container }, signal);
    }
  }
}

async function findContainer({ kubectl }: Cluster, part: string): Promise<RunningContainer | undefined> {
  const args = ['get', 'pods', `--selector=app.kubernetes.io/name=verve-${part}`, '--output=json'];
  try {
    const { items } = JSON.parse(await kubectl(args)) as { readonly items: readonly Pod[] };
    return newestContainer(items, part);
  } catch (error) {
    // The cluster may be away for a while.
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

/** Shows a container's log until it ends. */
async function follow(
  { startKubectl }: Cluster,
  { part, since, pod }: { readonly part: string; readonly since: string; readonly pod: string },
  signal: AbortSignal,
): Promise<void> {
  const args = ['logs', '--follow', `--since-time=${since}`, `--container=${part}`, pod];
  const child = startKubectl(args, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => console.log(`${part} | ${logText(line)}`));
  // What is not the end of the log is the end of all.
  await once(child, 'close').catch(() => undefined);
}
