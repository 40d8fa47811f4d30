import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';

import type { AgentRuns } from '../../kubernetes/agent-runs.ts';
import { ifThere } from '../../kubernetes/api-error.ts';
import { within, type Cluster } from '../../kubernetes/cluster.ts';
import { nameOf } from '../../kubernetes/object-store.ts';
import { objectName, refOf } from '../../kubernetes/run-objects.ts';
import type { WatchedList } from '../../kubernetes/watched-list.ts';
import { uptimeMs } from '../../uptime.ts';
import { createDeletionClock } from './deletion-clock.ts';
import { jobFactsOf } from './job-facts.ts';
import { factsOf } from './pod-facts.ts';
import type { JobFacts, RunObjects } from './run-state.ts';

const jobAgainMs = 1_000;
/** Of a Job that makes no pod for longer than a minute: a quota is full, say. */
const idleJob = { afterMs: 60_000, againMs: 5_000 };
const never = new AbortController().signal;

/** What a run's objects are looked at with. */
export interface RunObjectsParts {
  readonly cluster: Cluster;
  readonly agentRuns: Pick<AgentRuns, 'read'>;
  /** The pods of the installation's runs. */
  readonly pods: WatchedList<V1Pod>;
}

/** Looks at the Job and the pod of one run, and asks the API server no more than it takes. */
export interface RunObjectsView {
  look(): Promise<RunObjects>;
  /** What was read of the Job may be out of date. */
  forget(): void;
  /** Whether a pod is of this run, or of an earlier one of its name. */
  isOurs(pod: V1Pod): boolean;
}

/** Has seen nothing. */
export function createRunObjectsView(
  { cluster, agentRuns, pods }: RunObjectsParts,
  ref: AttemptRef,
): RunObjectsView {
  const { batch, core, namespace } = cluster;
  const begunAtMs = uptimeMs();
  let jobUid: string | undefined;
  let job: JobFacts | undefined;
  let jobReadAtMs = -Infinity;
  let pod: V1Pod | undefined;
  let isPodGone = false;
  const deletion = createDeletionClock(uptimeMs);

  function isOurs({ metadata }: V1Pod): boolean {
    const found = refOf(metadata?.labels);
    return found?.taskId === ref.taskId && found.attempt === ref.attempt;
  }

  async function readJob(): Promise<void> {
    const found = await ifThere(batch.readNamespacedJob({ namespace, name: objectName(ref) }, within(never)));
    // One that is on its way out makes nothing any more.
    const staying = found?.metadata?.deletionTimestamp ? undefined : found;
    const uid = staying ? uidOf(staying) : (await agentRuns.read(ref))?.status?.job?.uid;
    if (uid !== jobUid) {
      pod = undefined;
      isPodGone = false;
    }
    job = staying && jobFactsOf(staying);
    jobUid = uid;
    jobReadAtMs = uptimeMs();
  }

  async function readPod(): Promise<void> {
    const listed = pods.values().find((one) => isOurs(one) && isOf(one, jobUid));
    if (listed) {
      pod = listed;
      isPodGone = deletion.isOverdue(listed);
    } else if (!pod && (job?.isOver === true || job?.isStopped === true)) {
      // Nothing is said of a run by a watch that is behind.
      pod = await findPod();
    } else if (pod && !isPodGone) {
      // The watch may be behind, or the list it began with: what vanished is asked for itself.
      const there = await ifThere(core.readNamespacedPod({ namespace, name: nameOf(pod) }, within(never)));
      pod = there ?? pod;
      isPodGone = there === undefined;
    }
  }

  async function findPod(): Promise<V1Pod | undefined> {
    const labelSelector = `batch.kubernetes.io/job-name=${objectName(ref)}`;
    const { items } = await core.listNamespacedPod({ namespace, labelSelector }, within(never));
    return items.find((one) => isOf(one, jobUid));
  }

  /** The Job matters as long as no pod says more than it. */
  function isJobStale(): boolean {
    if (jobReadAtMs === -Infinity) return true;
    const isDoubtful = !pod || isPodGone || factsOf(pod).disruption !== undefined;
    const isIdle = !pod && uptimeMs() - begunAtMs >= idleJob.afterMs;
    return isDoubtful && uptimeMs() - jobReadAtMs >= (isIdle ? idleJob.againMs : jobAgainMs);
  }

  return {
    async look() {
      if (isJobStale()) await readJob();
      await readPod();
      if (isJobStale()) {
        await readJob();
        await readPod();
      }
      return { wasMade: jobUid !== undefined, job, pod: pod && factsOf(pod), isPodGone };
    },
    forget() {
      jobReadAtMs = -Infinity;
    },
    isOurs,
  };
}

function uidOf({ metadata }: V1Job): string | undefined {
  return metadata?.uid;
}

function isOf({ metadata }: V1Pod, jobUid: string | undefined): boolean {
  return metadata?.ownerReferences?.some((owner) => owner.uid === jobUid) ?? false;
}
