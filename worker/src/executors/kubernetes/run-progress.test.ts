import { expect, test } from 'vitest';

import { recordedLast, recordedPod } from '../../testing/kubernetes/recorded-pods.ts';
import { hindranceOfPod } from './hindrance.ts';
import { statusOf, type Progress } from './run-progress.ts';

const checkout: Progress = {
  state: { kind: 'running', phase: 'checkout' },
  pod: undefined,
  hindrance: undefined,
};

/** The reason of the status, and each condition in short. */
function toldOf(progress: Progress): unknown {
  const { phase, reason, conditions } = statusOf(progress);
  return [phase, reason, ...(conditions ?? []).map((one) => `${one.type} ${one.status} ${one.reason}`)];
}

function progressOf(recording: string, phase: Progress['state']['phase'] & ('checkout' | 'agent')): Progress {
  const { facts } = recordedLast(recording);
  const hindrance = hindranceOfPod(facts, recordedPod(recording).warnings);
  return { state: { kind: 'running', phase }, pod: facts, hindrance };
}

test.each([
  ['without a pod', checkout, ['Checkout', null, 'Scheduled False Pending', 'Running False Pending']],
  [
    'without a node',
    progressOf('unschedulable', 'checkout'),
    ['Checkout', 'Unschedulable', 'Scheduled False Unschedulable', 'Running False Unschedulable'],
  ],
  [
    'without an image',
    progressOf('image-absent', 'checkout'),
    ['Checkout', 'ImagePullFailed', 'Scheduled True Scheduled', 'Running False ImagePullFailed'],
  ],
  [
    'in agent',
    { ...progressOf('publish-waits', 'agent') },
    ['Agent', null, 'Scheduled True Scheduled', 'Running True Running'],
  ],
  [
    'waiting for its permit',
    { ...progressOf('publish-waits', 'agent'), state: { kind: 'waiting', phase: 'publish' } },
    ['Publish', null, 'Scheduled True Scheduled', 'Running True Running'],
  ],
] as const)('of a run %s people are told %j', (_, progress, told) => {
  expect(toldOf(progress)).toEqual(told);
});

test('what a phase tries again is told while it runs', () => {
  const { message, conditions } = statusOf({ ...progressOf('publish-waits', 'agent'), retryCause: 'no way' });

  expect(message).toBe('no way');
  expect(conditions?.at(-1)).toMatchObject({ type: 'Running', status: 'True', message: 'no way' });
});

test('why a run does not begin is told in the words of Kubernetes', () => {
  expect(statusOf(progressOf('image-absent', 'checkout')).message).toContain('not found');
});
