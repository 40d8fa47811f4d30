import { randomBytes } from 'node:crypto';

import type { V1Pod } from '@kubernetes/client-node';

import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import { mergePatch, within, type Cluster } from '../../kubernetes/cluster.ts';
import { pause } from '../../pause.ts';
import { uptimeMs } from '../../uptime.ts';
import { hindranceOfJob, hindranceOfPod, type Hindrance } from './hindrance.ts';
import { createPatience } from './patience.ts';
import { factsOf, type ContainerFact, type PodFacts } from './pod-facts.ts';
import { questionContainer, questionJob, questionSecret, type ImageQuestion } from './question-job.ts';
import { warningsOf } from './warnings.ts';

const lookMs = 500;
/** A person waits: longer than an image takes, shorter than runs wait for a node. */
const longestPendingSeconds = 120;

/** What came of a question. */
export type ImageAnswer =
  /** The program ended: its exit code, Kubernetes' words for the end, and all that it printed. */
  | {
      readonly kind: 'ended';
      readonly code: number;
      readonly reason: string;
      readonly message: string;
      readonly log: string;
    }
  /** It never began. */
  | { readonly kind: 'hindered'; readonly by: Hindrance };

/** How questions are asked. */
export interface Questioner {
  readonly cluster: Cluster;
  readonly settings: KubernetesSettings;
}

/**
 * Asks the runner of an image by a Job of its own, which is removed again. Throws what the API server says, and on the
 * signal.
 */
export async function askImage(
  questioner: Questioner,
  question: ImageQuestion,
  signal: AbortSignal,
): Promise<ImageAnswer> {
  const { cluster, settings } = questioner;
  const { batch, core, namespace } = cluster;
  const name = `verve-check-${randomBytes(5).toString('hex')}`;
  const body = questionJob(settings, name, question);
  const job = await batch.createNamespacedJob({ namespace, body }, within(signal));
  try {
    const secret = questionSecret(job, question);
    if (secret) {
      await core.createNamespacedSecret({ namespace, body: secret }, within(signal));
      const go = { namespace, name, body: { spec: { suspend: false } } };
      await batch.patchNamespacedJob(go, mergePatch(signal));
    }
    return await answerOf(questioner, name, signal);
  } finally {
    const removal = { namespace, name, propagationPolicy: 'Background' };
    await batch.deleteNamespacedJob(removal, within(new AbortController().signal));
  }
}

async function answerOf(
  { cluster, settings }: Questioner,
  job: string,
  signal: AbortSignal,
): Promise<ImageAnswer> {
  const { graceSeconds, pendingSeconds } = settings;
  const bounds = { graceSeconds, pendingSeconds: Math.min(pendingSeconds, longestPendingSeconds) };
  const patience = createPatience(bounds, uptimeMs);
  for (;;) {
    signal.throwIfAborted();
    const found = await findPod(cluster, job, signal);
    const pod = found && factsOf(found);
    const fact = pod?.containers[questionContainer];
    if (pod && fact?.kind === 'ended') return endedAnswer(cluster, { pod, fact }, signal);
    const hindrance = await hindranceOf(cluster, { job, pod }, signal);
    if (hindrance && patience.judge(hindrance, questionContainer)) return { kind: 'hindered', by: hindrance };
    if (!hindrance) patience.judge(undefined, questionContainer);
    await pause(lookMs, signal);
  }
}

async function findPod(
  { core, namespace }: Cluster,
  job: string,
  signal: AbortSignal,
): Promise<V1Pod | undefined> {
  const labelSelector = `batch.kubernetes.io/job-name=${job}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector }, within(signal));
  return items[0];
}

async function hindranceOf(
  cluster: Cluster,
  { job, pod }: { readonly job: string; readonly pod: PodFacts | undefined },
  signal: AbortSignal,
): Promise<Hindrance | undefined> {
  if (!pod) return hindranceOfJob(await warningsOf(cluster, { kind: 'Job', name: job }, signal));
  const warnings = await warningsOf(cluster, { kind: 'Pod', name: pod.name }, signal);
  // The one container is the first, as checkout is in a pod of a run.
  return (
    hindranceOfPod(pod, warnings) ??
    hindranceOfPod({ ...pod, containers: { ...pod.containers, checkout: over } }, [])
  );
}

const over: ContainerFact = { kind: 'ended', code: 0, reason: '', message: '', end: undefined };

interface EndedPod {
  readonly pod: PodFacts;
  readonly fact: ContainerFact & { readonly kind: 'ended' };
}

async function endedAnswer(
  { core, namespace }: Cluster,
  { pod, fact: { code, reason, message } }: EndedPod,
  signal: AbortSignal,
): Promise<ImageAnswer> {
  const log = { namespace, name: pod.name, container: questionContainer };
  // Of a container that never started there is none.
  const said = reason === 'StartError' ? '' : await core.readNamespacedPodLog(log, within(signal));
  return { kind: 'ended', code, reason, message, log: said };
}
