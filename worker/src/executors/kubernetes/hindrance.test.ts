import { expect, test } from 'vitest';

import { recordedLast, recordedPod } from '../../testing/kubernetes/recorded-pods.ts';
import { hindranceOfJob, hindranceOfPod, hindranceOfRefusal, silentHindrance } from './hindrance.ts';

test.each([
  ['image-absent', 'image', 'checkout', 'ImagePullFailed', '"kubernetes.image" in'],
  ['image-absent-later', 'image', 'agent', 'ImagePullFailed', 'the "image" of the agent in'],
  ['registry-down', 'image', 'checkout', 'ImagePullFailed', 'that the nodes reach the registry'],
  ['image-login', 'image', 'checkout', 'ImagePullFailed', '"kubernetes.imagePullSecrets"'],
  ['image-never', 'image', 'checkout', 'ImagePullFailed', 'check "kubernetes.image" in'],
  ['image-name', 'broken', 'checkout', 'ImagePullFailed', 'check "kubernetes.image" in'],
  ['secret-absent', 'config', 'checkout', 'ConfigInvalid', 'secret "nope" not found'],
  ['secret-absent-later', 'config', 'publish', 'ConfigInvalid', 'secret "nope" not found'],
  ['volume-absent', 'config', 'checkout', 'ConfigInvalid', 'secret "nope" not found'],
  ['unschedulable', 'place', 'checkout', 'Unschedulable', '1 Insufficient cpu'],
  ['node-selector', 'place', 'checkout', 'Unschedulable', 'node affinity/selector'],
] as const)('%s is a hindrance of kind %s in %s: %s', (...row) => {
  const [recording, kind, phase, reason, words] = row;
  const { warnings } = recordedPod(recording);

  expect(hindranceOfPod(recordedLast(recording).facts, warnings)).toMatchObject({
    kind,
    phase,
    verdict: { status: 'failed', reason, message: expect.stringContaining(words) },
  });
});

test.each(['image-absent', 'image-absent-later', 'image-login', 'registry-down'])(
  'the failing pulls of %s tell the same words however their reason changes',
  (recording) => {
    const seen = recordedPod(recording).seen.map(({ facts }) => facts);
    const reasons = seen.flatMap(({ containers: { checkout, agent } }) =>
      [checkout, agent].flatMap((fact) => (fact.kind === 'ahead' ? fact.reason : [])),
    );
    const words = new Set(seen.flatMap((facts) => hindranceOfPod(facts, [])?.words ?? []));

    expect(reasons).toEqual(expect.arrayContaining(['ErrImagePull', 'ImagePullBackOff']));
    expect([...words]).toEqual([expect.not.stringContaining('Back-off')]);
  },
);

test.each(['good', 'agent-fails', 'agent-oom-child', 'deleted', 'publish-waits', 'evicted-disk'])(
  'nothing is known to hold up the pod of %s',
  (recording) => {
    const hindrances = recordedPod(recording).seen.map(({ facts }) => hindranceOfPod(facts, []));

    expect(hindrances.filter((one) => one !== undefined)).toEqual([]);
  },
);

test.each([
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "v" : secret "s" not found',
    'config',
    'ConfigInvalid',
  ],
  ['FailedMount', 'Unable to attach or mount volumes: timed out', 'place', 'Unschedulable'],
  ['FailedAttachVolume', 'Multi-Attach error for volume "v"', 'place', 'Unschedulable'],
  ['FailedCreatePodSandBox', 'no runtime for "gvisor" is configured', 'place', 'Unschedulable'],
] as const)('a pod before its first container is held up by %s: %s', (...row) => {
  const [reason, message, kind, verdict] = row;
  const facts = recordedPod('good').seen[1]?.facts ?? recordedLast('good').facts;
  const warnings = [
    { reason: 'FailedScheduling', message: 'before' },
    { reason, message },
  ];

  expect(hindranceOfPod(facts, warnings)).toMatchObject({
    kind,
    words: message,
    verdict: { reason: verdict, message: expect.stringContaining(message) },
  });
});

test('what held up a volume is no hindrance of a later phase', () => {
  const { facts } = recordedPod('deadline').seen.at(-2) ?? recordedLast('good');

  expect(hindranceOfPod(facts, recordedPod('volume-absent').warnings)).toBeUndefined();
});

test.each([
  ['exceeded quota: full, requested: count/jobs.batch=1', 'place', 'Unschedulable', 'raise the quota'],
  ['failed calling webhook "a.b": connection refused', 'place', 'Unschedulable', 'look at what admits'],
  ['Internal error occurred: etcd timed out', 'place', 'Unschedulable', 'look at what admits'],
  ['admission webhook "a.b" denied the request: no', 'config', 'ConfigInvalid', 'change "kubernetes" in'],
] as const)('an object that is refused with "%s" is a hindrance of kind %s: %s', (...row) => {
  const [words, kind, reason, fix] = row;

  expect(hindranceOfRefusal('Job', words)).toMatchObject({ kind, words, verdict: { reason } });
  expect(hindranceOfRefusal('Job', words).verdict.message).toMatch(/^no Job can be made for the run: /);
  expect(hindranceOfRefusal('Job', words).verdict.message).toContain(`${words}; ${fix}`);
});

test('each try to make a pod is of another name, and no other trouble', () => {
  const [one, another] = ['a-1', 'a-2'].map((name) => {
    const message = `Error creating: pods "${name}" is forbidden: exceeded quota: full, requested: requests.cpu=1`;
    return hindranceOfJob([{ reason: 'FailedCreate', message }]);
  });

  expect(one?.words).toBe('forbidden: exceeded quota: full, requested: requests.cpu=1');
  expect(another).toEqual(one);
});

test('silence is a hindrance as long as there is no node', () => {
  const { facts } = recordedLast('good');

  expect(silentHindrance(undefined)).toMatchObject({ kind: 'place', verdict: { reason: 'Unschedulable' } });
  expect(silentHindrance({ ...facts, isScheduled: false })?.words).toMatch(/^no scheduler says/);
  expect(silentHindrance(facts)).toBeUndefined();
});

test.each([
  ['quota', 'place', 'Unschedulable', 'raise the quota'],
  ['pod-security', 'config', 'ConfigInvalid', 'privileged'],
  ['service-account', 'config', 'ConfigInvalid', 'serviceaccount "nope" not found'],
] as const)('a Job that makes no pod because of %s has a hindrance of kind %s: %s', (...row) => {
  const [recording, kind, reason, words] = row;
  const hindrance = hindranceOfJob(recordedPod(recording).warnings);

  expect(hindrance).toMatchObject({
    kind,
    phase: 'checkout',
    verdict: { reason, message: expect.stringContaining(words) },
  });
  expect(hindrance?.words).toMatch(/^forbidden: /);
});

test('a Job that nobody refused has none', () => {
  expect(hindranceOfJob([])).toBeUndefined();
  expect(hindranceOfJob([{ reason: 'BackoffLimitExceeded', message: 'm' }])).toBeUndefined();
});
