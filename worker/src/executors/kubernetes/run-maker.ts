import type { V1Job, V1OwnerReference } from '@kubernetes/client-node';

import { RunRefused, type RunRequest } from '../../executor.ts';
import { ownerOf } from '../../kubernetes/agent-run.ts';
import type { AgentRuns } from '../../kubernetes/agent-runs.ts';
import { ifThere, refusalOf } from '../../kubernetes/api-error.ts';
import { within, type Cluster } from '../../kubernetes/cluster.ts';
import { objectName } from '../../kubernetes/run-objects.ts';
import type { AccessKeeper } from './access-keeper.ts';
import { hindranceOfRefusal } from './hindrance.ts';
import { jobOf } from './job-spec.ts';
import type { PodParts } from './pod-spec.ts';

/** What making runs takes. */
export interface RunMakerParts {
  readonly cluster: Cluster;
  readonly agentRuns: Pick<AgentRuns, 'read' | 'tell'>;
  readonly access: Pick<AccessKeeper, 'make'>;
  readonly podPartsOf: (request: RunRequest) => PodParts;
}

/**
 * Makes what an AgentRun's run is made of, in steps of which an earlier worker may have taken some: the Secret, the Job,
 * and the Job's name in the AgentRun, after which none is made again.
 */
export async function makeRun(parts: RunMakerParts, request: RunRequest): Promise<void> {
  const { agentRuns, access } = parts;
  const { spec } = request;
  const agentRun = await agentRuns.read(spec);
  if (!agentRun) throw new Error(`AgentRun ${objectName(spec)} is gone; its run is not started`);
  if (agentRun.status?.job) return;
  const owner = ownerOf(agentRun);
  const found = await findJob(parts, request, owner);
  if (!found) await taken(access.make(request, owner));
  const body = jobOf(parts.podPartsOf(request), { owner, timeoutSeconds: agentRun.spec.timeoutSeconds });
  const job = found ?? (await createJob(parts, body));
  const { name = '', uid = '' } = job.metadata ?? {};
  await agentRuns.tell(spec, { job: { name, uid }, startedAt: new Date().toISOString() });
}

async function findJob(
  { cluster: { batch, namespace } }: RunMakerParts,
  { spec }: RunRequest,
  owner: V1OwnerReference,
): Promise<V1Job | undefined> {
  const name = objectName(spec);
  const found = await ifThere(
    batch.readNamespacedJob({ namespace, name }, within(new AbortController().signal)),
  );
  if (!found || found.metadata?.ownerReferences?.some(({ uid }) => uid === owner.uid)) return found;
  throw new Error(`Job ${name} is there and is not of this run`);
}

async function createJob({ cluster: { batch, namespace } }: RunMakerParts, body: V1Job): Promise<V1Job> {
  return taken(batch.createNamespacedJob({ namespace, body }, within(new AbortController().signal)));
}

/** Bad requests, rights and rules of a namespace, and objects that are not valid. */
const refusals = new Set([400, 403, 422]);

/** Throws RunRefused where the API server does not take what is made: a quota, a webhook, a template that is wrong. */
async function taken<T>(made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal || !refusals.has(refusal.code)) throw error;
    const { kind, words, verdict } = hindranceOfRefusal('Job', refusal.message);
    throw new RunRefused(kind === 'place' ? 'Disrupted' : 'ConfigInvalid', verdict.message ?? words, {
      cause: error,
    });
  }
}
