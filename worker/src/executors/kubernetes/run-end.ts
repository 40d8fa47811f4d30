import type { PhaseOutcome } from '@verve/contract';

import { ifThere, refusalOf } from '../../kubernetes/api-error.ts';
import { mergePatch, type Cluster } from '../../kubernetes/cluster.ts';
import { objectName } from '../../kubernetes/run-objects.ts';
import { uptimeMs } from '../../uptime.ts';
import { stoppedMark } from './job-facts.ts';
import type { RunView } from './run-view.ts';

const lookMs = 500;
/** A pod whose volumes cannot be mounted does not heed its deadline. */
const unheededMs = 10_000;
/** Longer than any of them takes to end: nobody is there to end it, and its Job's deadline deletes the pod. */
const forsakenMs = 300_000;

/**
 * Ends a run in whatever state it is, and resolves when nothing of it is alive. Its pod stays with its log where that
 * can be: one that has a node is given a deadline that has passed; one that has not goes with its Job's deadline.
 */
export async function endRun(
  cluster: Cluster,
  view: RunView,
  verdict: PhaseOutcome | undefined,
): Promise<void> {
  const never = new AbortController().signal;
  const begunMs = uptimeMs();
  let isPodAsked = false;
  let isJobAsked = false;
  for (;;) {
    const state = await view.look();
    if (state.kind === 'absent' || state.kind === 'ended') return;
    if (view.job && !view.job.isStopped) {
      await markJob(cluster, view, verdict);
      // Whether it has a pod is known for certain from now on.
      continue;
    }
    const { pod } = view;
    const patienceMs = hasBegun(view) ? forsakenMs : unheededMs;
    const isHeeding = pod?.isScheduled && uptimeMs() - begunMs < patienceMs;
    if (!isHeeding) isJobAsked ||= await giveJobDeadline(cluster, view);
    else if (pod && !isPodAsked) {
      await givePodDeadline(cluster, pod.name);
      isPodAsked = true;
    }
    await view.changed(lookMs, never);
    if (!pod) view.forget();
  }
}

function hasBegun({ pod }: RunView): boolean {
  return Object.values(pod?.containers ?? {}).some(({ kind }) => kind !== 'ahead');
}

async function markJob(cluster: Cluster, view: RunView, verdict: PhaseOutcome | undefined): Promise<void> {
  await patchJob(cluster, view, { metadata: { annotations: stoppedMark(verdict) } });
  view.forget();
}

async function giveJobDeadline(cluster: Cluster, view: RunView): Promise<true> {
  await patchJob(cluster, view, { spec: { activeDeadlineSeconds: 1 } });
  return true;
}

async function patchJob({ batch, namespace }: Cluster, { ref }: RunView, body: object): Promise<void> {
  const never = new AbortController().signal;
  const name = objectName(ref);
  await ifThere(batch.patchNamespacedJob({ namespace, name, body }, mergePatch(never)));
}

async function givePodDeadline({ core, namespace }: Cluster, name: string): Promise<void> {
  const never = new AbortController().signal;
  const body = { spec: { activeDeadlineSeconds: 1 } };
  try {
    await ifThere(core.patchNamespacedPod({ namespace, name, body }, mergePatch(never)));
  } catch (error) {
    // It has a shorter one already.
    if (refusalOf(error)?.code !== 422) throw error;
  }
}
