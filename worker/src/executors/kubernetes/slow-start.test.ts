import { expect, test } from 'vitest';

import { recordedLast } from '../../testing/kubernetes/recorded-pods.ts';
import { createSlowStart } from './slow-start.ts';

test('a container that is slow to begin is told of, and no more once it runs', () => {
  let nowMs = 0;
  const slow = createSlowStart(() => nowMs);
  const { facts: begun } = recordedLast('publish-waits');
  const ahead = { kind: 'ahead', reason: 'PodInitializing', message: '' } as const;
  const beginning = { ...begun, containers: { ...begun.containers, agent: ahead, publish: ahead } };

  const first = slow.words(beginning);
  nowMs = 6_000;
  const later = slow.words(beginning);
  const running = slow.words(begun);
  const again = slow.words(beginning);

  expect(first).toBeUndefined();
  expect(later).toBe('agent begins once its image is pulled and its volumes are mounted');
  expect(running).toBeUndefined();
  expect(again).toBeUndefined();
});

test('of a run without a pod nothing is told', () => {
  expect(createSlowStart(() => 0).words(undefined)).toBeUndefined();
});
