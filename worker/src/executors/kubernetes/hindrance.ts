import type { Phase, PhaseOutcome } from '@verve/contract';

import { phaseOf, type PodFacts } from './pod-facts.ts';

/** Why a run does not begin, or a phase of it. */
export interface Hindrance {
  /**
   * `image` and `config` are the operator's to mend, and get a short grace. `place` may pass by itself when others end,
   * and gets a long one. `broken` never passes.
   */
  readonly kind: 'image' | 'config' | 'place' | 'broken';
  readonly phase: Phase;
  /** For people who wait, in Kubernetes' words. */
  readonly words: string;
  /** How the run ends when it does not pass. */
  readonly verdict: PhaseOutcome;
}

/** What Kubernetes says about an object, newest last. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
}

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const sandboxReason = 'FailedCreatePodSandBox';
/** Of warnings about what a pod needs before its first container. */
export const earlyReasons: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  sandboxReason,
]);
const configReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** What holds a pod up; undefined when nothing does that is known. */
export function hindranceOfPod(pod: PodFacts, warnings: readonly Warning[]): Hindrance | undefined {
  const phase = phaseOf(pod);
  if (phase === undefined) return undefined;
  if (!pod.isScheduled) return pod.schedulerWords === '' ? undefined : unplaced(pod.schedulerWords);
  const fact = pod.containers[phase];
  if (fact.kind !== 'ahead') return undefined;
  if (imageReasons.has(fact.reason)) return withoutImage(phase, fact.message);
  if (configReasons.has(fact.reason)) return misconfigured(phase, fact.message);
  return phase === 'checkout' ? hindranceBefore(warnings) : undefined;
}

/** What holds a pod up before its first container; its statuses are silent about that. */
function hindranceBefore(warnings: readonly Warning[]): Hindrance | undefined {
  const last = warnings.findLast(({ reason }) => earlyReasons.has(reason));
  if (!last) return undefined;
  return last.reason === sandboxReason ? withoutSandbox(last.message) : unmounted(last.message);
}

/** What keeps a Job from making its pod. */
export function hindranceOfJob(warnings: readonly Warning[]): Hindrance | undefined {
  const refused = warnings.findLast((warning) => warning.reason === 'FailedCreate');
  if (!refused) return undefined;
  // Each try is of another name, and no other trouble.
  const words = refused.message.replace(/^Error creating: (?:pods "[^"]*" is (?=forbidden))?/, '');
  return hindranceOfRefusal('pod', words);
}

/** Of a webhook or of the API server itself, which may be better in a moment. */
const passing = /failed calling webhook|internal error|timed? ?out|try again/i;

/** What comes of the API server's words when an object of the run is not taken. */
export function hindranceOfRefusal(kind: 'Job' | 'pod', words: string): Hindrance {
  const what = `no ${kind} can be made for the run: ${words}`;
  if (words.includes('exceeded quota')) {
    const fix =
      'raise the quota of the namespace, or lower "capacity" or "kubernetes.resources" of the worker';
    return { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', `${what}; ${fix}`) };
  }
  if (passing.test(words)) {
    const fix = 'look at what admits objects to the namespace';
    return { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', `${what}; ${fix}`) };
  }
  const fix = 'change "kubernetes" in the worker\'s configuration, or the rules of the namespace';
  return { kind: 'config', phase: 'checkout', words, verdict: failed('ConfigInvalid', `${what}; ${fix}`) };
}

/** What holds up a run of which nobody says anything for long: no controller makes its pod, or no scheduler looks at it. */
export function silentHindrance(pod: PodFacts | undefined): Hindrance | undefined {
  if (pod?.isScheduled) return undefined;
  const words = pod ? 'no scheduler says anything of its pod' : 'it has no pod, and nothing is said of why';
  const message = `the run does not begin: ${words}; look at the cluster's controllers and scheduler, and at "kubernetes.podTemplate" in the worker's configuration`;
  return { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', message) };
}

function unplaced(words: string): Hindrance {
  const message = `no node takes the run: ${words}; add nodes, or change "kubernetes" (resources, nodeSelector, tolerations, affinity) in the worker's configuration`;
  return { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', message) };
}

function withoutImage(phase: Phase, told: string): Hindrance {
  const words = told.replace(/^Back-off pulling image "[^"]*"(?:: ErrImagePull: )?/, '') || told;
  const message = `the image of ${phase} cannot be pulled: ${words}; ${imageRemedy(phase, words)}`;
  const kind = /couldn't parse image name|invalid reference format/.test(words) ? 'broken' : 'image';
  return { kind, phase, words, verdict: failed('ImagePullFailed', message) };
}

function imageRemedy(phase: Phase, words: string): string {
  const setting = phase === 'agent' ? 'the "image" of the agent' : '"kubernetes.image"';
  if (/401|403|unauthorized|denied|authorization failed/i.test(words)) {
    return `check ${setting} and the Secrets named in "kubernetes.imagePullSecrets" in the worker's configuration`;
  }
  if (/not found|not present|parse image name|invalid reference/i.test(words)) {
    return `check ${setting} in the worker's configuration`;
  }
  return `check ${setting} in the worker's configuration, and that the nodes reach the registry`;
}

function misconfigured(phase: Phase, words: string): Hindrance {
  const message = `the container of ${phase} cannot be made: ${words}; make it, or mend "kubernetes.podTemplate" or the image in the worker's configuration`;
  return { kind: 'config', phase, words, verdict: failed('ConfigInvalid', message) };
}

function unmounted(words: string): Hindrance {
  const isAbsent = /not found/.test(words);
  const message = `a volume of the run cannot be mounted: ${words}; check "kubernetes.podTemplate" in the worker's configuration`;
  return isAbsent
    ? { kind: 'config', phase: 'checkout', words, verdict: failed('ConfigInvalid', message) }
    : { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', message) };
}

function withoutSandbox(words: string): Hindrance {
  const message = `the pod of the run cannot be set up on its node: ${words}; look at the node, and at "kubernetes.runtimeClassName" in the worker's configuration`;
  return { kind: 'place', phase: 'checkout', words, verdict: failed('Unschedulable', message) };
}

function failed(reason: string, message: string): PhaseOutcome {
  return { status: 'failed', reason, message };
}
