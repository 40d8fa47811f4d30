import { expect, test } from 'vitest';

import { recordedLast, recordedPod } from '../../testing/kubernetes/recorded-pods.ts';
import { factsOf, phaseOf } from './pod-facts.ts';

const ahead = { kind: 'ahead', reason: 'PodInitializing', message: '' };

test('a pod of which nothing is known yet has everything ahead', () => {
  const facts = factsOf({ metadata: { name: 'x' } });

  expect(facts).toMatchObject({ name: 'x', isScheduled: false, isOver: false, schedulerWords: '' });
  expect(Object.values(facts.containers).map(({ kind }) => kind)).toEqual(['ahead', 'ahead', 'ahead']);
  expect(facts.disruption).toBeUndefined();
});

test('a pod goes from phase to phase though its own phase says Pending', () => {
  const { seen } = recordedPod('good');

  expect([...new Set(seen.map(({ facts }) => phaseOf(facts)))]).toEqual([
    'checkout',
    'agent',
    'publish',
    undefined,
  ]);
  expect(seen.map(({ facts }) => facts.isOver).indexOf(true)).toBe(seen.length - 1);
});

test('what a container told of its end is read', () => {
  const { facts } = recordedLast('checkout-fails');

  expect(facts.containers).toEqual({
    checkout: {
      kind: 'ended',
      code: 1,
      reason: 'Error',
      message: expect.any(String) as string,
      end: {
        outcome: { status: 'failed', reason: 'CheckoutFailed', message: 'no such branch' },
        exit: { code: 1 },
      },
    },
    agent: ahead,
    publish: ahead,
  });
});

test.each(['', 'no JSON', '{"outcome":{"status":"great"}}', '{"outcome":', '[]', 'null', '7'])(
  'an end that says %j tells nothing',
  (message) => {
    const state = { terminated: { exitCode: 1, message } };
    const status = { name: 'agent', image: '', imageID: '', ready: false, restartCount: 0, state };

    const { agent } = factsOf({ status: { initContainerStatuses: [status] } }).containers;

    expect(agent).toMatchObject({ kind: 'ended', code: 1, message, end: undefined });
  },
);

test.each([
  ['unschedulable', { isScheduled: false, schedulerWords: expect.stringContaining('Insufficient cpu') }],
  ['image-absent', { isScheduled: true, schedulerWords: '' }],
  ['evicted-disk', { isOver: true, reason: 'Evicted', disruption: undefined }],
  ['deadline', { isOver: true, reason: 'DeadlineExceeded', disruption: undefined }],
  ['deleted', { isOver: true, disruption: 'its pod was deleted' }],
  ['deleted-force', { isOver: false, disruption: 'its pod was deleted' }],
  ['evicted-by-api', { disruption: 'EvictionByEvictionAPI: Eviction API: evicting' }],
])('of %s it is seen', (name, facts) => {
  expect(recordedLast(name).facts).toMatchObject(facts);
});
