import { expect, test } from 'vitest';

import type { RunState } from '../../executor.ts';
import { recordedLast, recordedPod } from '../../testing/kubernetes/recorded-pods.ts';
import { stateBy, type JobFacts, type RunFacts } from './run-state.ts';

const active: JobFacts = { isStopped: false, verdict: undefined, isOver: false };
const over: JobFacts = { ...active, isOver: true };
const stopped: JobFacts = { ...active, isStopped: true };
const noImage = { status: 'failed', reason: 'ImagePullFailed', message: 'm' } as const;
const judged: JobFacts = { ...stopped, verdict: noImage };

const nothing: RunFacts = {
  wasMade: true,
  job: active,
  pod: undefined,
  isPodGone: false,
  publish: undefined,
  usage: undefined,
  isPermitted: false,
};

function wordOf(state: RunState): string {
  if (state.kind === 'ended')
    return `ended: ${state.outcome?.reason ?? state.outcome?.status ?? 'nobody tells'}`;
  return state.kind === 'absent' ? 'absent' : `${state.kind}: ${state.phase}`;
}

/** What a watch of a recorded pod shows, each state once. */
function wordsOf(recording: string, given: Partial<RunFacts> = {}): string[] {
  const states = recordedPod(recording).seen.map(({ facts, isGone }) =>
    wordOf(stateBy({ ...nothing, ...given, pod: facts, isPodGone: isGone })),
  );
  return states.filter((state, n) => state !== states[n - 1]);
}

const toAgent = ['running: checkout', 'running: agent'];

test.each([
  ['good', [...toAgent, 'running: publish', 'ended: PullRequestOpened']],
  ['image-absent', ['running: checkout']],
  ['image-absent-later', toAgent],
  ['secret-absent-later', toAgent],
  ['volume-absent', ['running: checkout']],
  ['unschedulable', ['running: checkout']],
  ['checkout-fails', ['running: checkout', 'ended: CheckoutFailed']],
  ['command-absent', [...toAgent, 'ended: ConfigInvalid']],
  ['agent-fails', [...toAgent, 'ended: AgentFailed']],
  ['agent-oom', [...toAgent, 'ended: OutOfMemory']],
  ['agent-told-oom', [...toAgent, 'ended: OutOfMemory']],
  // The driver ends it: the kubelet never does.
  ['agent-oom-child', toAgent],
  ['publish-oom-child', [...toAgent, 'running: publish', 'ended: PullRequestOpened']],
  ['evicted-disk', [...toAgent, 'ended: OutOfDisk']],
  ['evicted-ephemeral', [...toAgent, 'ended: OutOfDisk']],
  ['evicted-container', [...toAgent, 'ended: OutOfDisk']],
  ['evicted-by-api', [...toAgent, 'ended: Disrupted']],
  ['deleted', [...toAgent, 'ended: Disrupted']],
  ['deleted-publish', [...toAgent, 'ended: Disrupted']],
  ['deleted-force', [...toAgent, 'ended: Disrupted']],
])('the pod of %s is seen as %j', (recording, words) => {
  expect(wordsOf(recording)).toEqual(words);
});

test.each([
  ['deadline', stopped, 'ended: nobody tells'],
  ['deadline-killed', stopped, 'ended: nobody tells'],
  ['deadline-killed', judged, 'ended: ImagePullFailed'],
  ['deleted', stopped, 'ended: nobody tells'],
  ['deleted', undefined, 'ended: RunVanished'],
  ['evicted-disk', stopped, 'ended: nobody tells'],
  // What it left before the stop stays.
  ['good', stopped, 'ended: PullRequestOpened'],
  ['good', undefined, 'ended: PullRequestOpened'],
  ['checkout-fails', judged, 'ended: CheckoutFailed'],
])('%s with the Job %o is %s', (recording, job, word) => {
  expect(wordsOf(recording, { job }).at(-1)).toBe(word);
});

test.each([
  [{ wasMade: false, job: undefined }, 'absent'],
  [{ wasMade: false }, 'running: checkout'],
  [{}, 'running: checkout'],
  [{ job: stopped }, 'running: checkout'],
  [{ job: undefined }, 'ended: RunVanished'],
  [{ job: { ...stopped, isOver: true } }, 'ended: nobody tells'],
  [{ job: { ...judged, isOver: true } }, 'ended: ImagePullFailed'],
  [{ job: over }, 'ended: Disrupted'],
] as const)('without a pod, %o is %s', (given, word) => {
  expect(wordOf(stateBy({ ...nothing, ...given }))).toBe(word);
});

test.each([
  [{}, 'running: agent'],
  [{ isPermitted: true }, 'running: agent'],
  [{ publish: 'waiting' }, 'waiting: publish'],
  [{ publish: 'waiting', isPermitted: true }, 'running: publish'],
  [{ publish: 'running' }, 'running: publish'],
  [{ publish: 'running', isPermitted: true }, 'running: publish'],
] as const)('while the container of publish is there, %o is %s', (given, word) => {
  expect(wordsOf('publish-waits', given).at(-1)).toBe(word);
});

test('a pod that the kubelet refused says why', () => {
  const { facts } = recordedLast('unschedulable');
  const pod = {
    ...facts,
    isOver: true,
    reason: 'OutOfcpu',
    message: 'Node did not have enough resource: cpu',
  };

  expect(stateBy({ ...nothing, job: over, pod })).toMatchObject({
    outcome: {
      reason: 'Disrupted',
      message: expect.stringContaining('OutOfcpu: Node did not have') as string,
    },
  });
});

test('a run does not end while a container of it is alive', () => {
  const { facts } = recordedLast('agent-fails');
  const publish = { kind: 'running' } as const;
  const pod = { ...facts, isOver: false, containers: { ...facts.containers, publish } };

  expect(wordOf(stateBy({ ...nothing, pod }))).toBe('running: agent');
});

test.each([
  ['deleted', true, active, 'ended: Disrupted'],
  ['deleted', true, undefined, 'ended: RunVanished'],
  ['deleted', true, stopped, 'ended: AgentFailed'],
  // It had failed before.
  ['deleted', false, active, 'ended: AgentFailed'],
  ['agent-fails', true, active, 'ended: AgentFailed'],
] as const)('an agent that failed, of %s, asked to end: %s, with the Job %o, is %s', (...row) => {
  const [recording, isAsked, job, word] = row;
  const { facts, isGone } = recordedLast(recording);
  const outcome = { status: 'failed', reason: 'AgentFailed', message: 'the command was ended' } as const;
  const end = { outcome, ...(isAsked && { stopped: true }) };
  const agent = { kind: 'ended', code: 1, reason: 'Error', message: '', end } as const;
  const pod = { ...facts, containers: { ...facts.containers, agent } };

  expect(wordOf(stateBy({ ...nothing, job, pod, isPodGone: isGone }))).toBe(word);
});

test.each([
  ['deleted', 143, active, 'ended: Disrupted'],
  ['deleted', 143, undefined, 'ended: RunVanished'],
  ['deleted', 1, active, 'ended: AgentFailed'],
  ['agent-fails', 143, active, 'ended: AgentFailed'],
] as const)('an agent that told nothing, of %s, with exit code %s and the Job %o, is %s', (...row) => {
  const [recording, code, job, word] = row;
  const { facts, isGone } = recordedLast(recording);
  const agent = { kind: 'ended', code, reason: 'Error', message: '', end: undefined } as const;
  const pod = { ...facts, containers: { ...facts.containers, agent } };

  expect(wordOf(stateBy({ ...nothing, job, pod, isPodGone: isGone }))).toBe(word);
});

test('an eviction by a node that is short of something is no fault of the run', () => {
  const { facts } = recordedLast('evicted-disk');
  const pod = { ...facts, message: 'The node was low on resource: memory. ' };

  expect(stateBy({ ...nothing, pod })).toMatchObject({
    outcome: { reason: 'Disrupted', message: expect.stringContaining('low on resource') },
  });
});

const usage = { costUsd: 1 };

test('what the agent used is told while it runs, and where its outcome does not say', () => {
  const beforeAgent = recordedPod('good').seen[0]?.facts;
  const inPublish = recordedLast('publish-waits').facts;
  const killed = recordedLast('deadline-killed').facts;
  const statesOf = (facts: Partial<RunFacts>): unknown => stateBy({ ...nothing, usage, ...facts });

  expect(statesOf({ pod: beforeAgent })).not.toHaveProperty('usage');
  expect(statesOf({ pod: inPublish })).toMatchObject({ phase: 'agent', usage });
  expect(statesOf({ pod: inPublish, publish: 'running' })).not.toHaveProperty('usage');
  expect(statesOf({ pod: killed, job: stopped })).toEqual({ kind: 'ended', outcome: undefined, usage });
});
