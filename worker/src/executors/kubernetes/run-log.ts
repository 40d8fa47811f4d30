import { phases, type Phase } from '@verve/contract';

import type { RunLine } from '../../executor.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { patiently } from '../../kubernetes/patiently.ts';
import { heard } from '../retry-watch.ts';
import { followContainer, type ContainerLogOptions } from './container-log.ts';
import { parseLogCursor } from './log-cursor.ts';
import type { RunView } from './run-view.ts';

const lookMs = 1_000;

/** The lines of a run's containers, one after the other, to its end. */
export async function* followRun(
  { cluster, view }: { readonly cluster: Cluster; readonly view: RunView },
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly RunLine[]> {
  const at = parseLogCursor(cursor);
  for (const phase of phases.slice(at ? phases.indexOf(at.phase) : 0)) {
    const pod = await untilThere(view, phase, signal);
    if (pod === undefined) return;
    const place = { pod, container: phase };
    const after = at?.phase === phase ? at : undefined;
    const look: ContainerLogOptions['look'] = async () => ({
      isOver: (await isOver(view, phase, signal)) ?? true,
      isForsaken: view.isPodGone,
    });
    const lines = followContainer({ cluster, place, cursor: after, look }, signal);
    yield* heard(lines, view.retries, () => view.wake());
  }
}

/** Waits until a phase's container has begun and gives its pod; undefined when it never will, or on the signal. */
async function untilThere(view: RunView, phase: Phase, signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    const state = await patiently(async () => view.look(), signal);
    const { pod } = view;
    if (pod && pod.containers[phase].kind !== 'ahead') return pod.name;
    if (!state || state.kind === 'absent' || state.kind === 'ended') return undefined;
    await view.changed(lookMs, signal);
  }
  return undefined;
}

/** Nothing more comes from a phase's container; undefined on the signal. */
async function isOver(view: RunView, phase: Phase, signal: AbortSignal): Promise<boolean | undefined> {
  const state = await patiently(async () => view.look(), signal);
  if (!state) return undefined;
  return state.kind === 'absent' || state.kind === 'ended' || view.pod?.containers[phase].kind === 'ended';
}
