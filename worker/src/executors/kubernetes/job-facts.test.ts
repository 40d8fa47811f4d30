import type { V1Job } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { jobFactsOf, stoppedMark } from './job-facts.ts';

const verdict = { status: 'failed', reason: 'ImagePullFailed', message: 'no such image' } as const;

function jobOf(annotations: Record<string, string>, ...conditions: string[]): V1Job {
  return {
    metadata: { annotations },
    status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
  };
}

test('a new Job is active', () => {
  expect(jobFactsOf({})).toEqual({ isStopped: false, verdict: undefined, isOver: false });
});

test.each([
  ['a verdict', verdict, verdict],
  ['a stop that was asked for', undefined, undefined],
])('a mark for %s is read as it was written', (_, written, read) => {
  expect(jobFactsOf(jobOf(stoppedMark(written)))).toMatchObject({ isStopped: true, verdict: read });
});

test.each(['', '{}', 'null', '{"status":"great"}'])('a mark of %j stops without a verdict', (mark) => {
  expect(jobFactsOf(jobOf({ 'verve.dev/stopped': mark }))).toMatchObject({
    isStopped: true,
    verdict: undefined,
  });
});

test.each([
  [['Failed'], true],
  [['SuccessCriteriaMet', 'Complete'], true],
  // Its pod may be there still.
  [['FailureTarget'], false],
  [['SuccessCriteriaMet'], false],
  [['Suspended'], false],
])('with the conditions %j it is over: %j', (conditions, isOver) => {
  expect(jobFactsOf(jobOf({}, ...conditions)).isOver).toBe(isOver);
});

test('a condition that is not true says nothing', () => {
  const status = { conditions: [{ type: 'Failed', status: 'False' }] };

  expect(jobFactsOf({ status }).isOver).toBe(false);
});
