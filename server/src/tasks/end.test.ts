import { reasonBlames, type Blame, type Reason } from '@verve/contract';
import { describe, expect, it } from 'vitest';

import type { TaskRecord } from '../storage/records.ts';
import { attemptRecord, taskRecord } from '../testing/records.ts';
import { decideEnd, type AttemptEnd } from './end.ts';

const now = 1_000_000;

function end(given: Partial<AttemptEnd>, task: Partial<TaskRecord> = {}): ReturnType<typeof decideEnd> {
  return decideEnd(taskRecord(task), attemptRecord({ phases: [{ phase: 'agent', startedAt: 1 }] }), {
    status: 'failed',
    reason: 'AgentFailed',
    now,
    ...given,
  });
}

const firstFailure = {
  none: { status: 'failed' },
  task: { status: 'failed', countedFailures: 1 },
  model: { status: 'pending', modelRetries: 1, notBefore: now + 60_000 },
  infrastructure: { status: 'pending', infrastructureRetries: 1, notBefore: undefined },
  operator: { status: 'failed' },
  person: { status: 'canceled' },
} as const satisfies Record<Blame, object>;

const reasons = Object.keys(reasonBlames) as Reason[];

describe('an attempt that fails', () => {
  it.each(reasons)('for %s is followed by what its blame says, with a sentence for a person', (reason) => {
    const change = end({ reason });

    expect(change.task).toMatchObject(firstFailure[reasonBlames[reason]]);
    expect(change.task).toMatchObject({ reason, message: expect.stringMatching(/\.$/) });
    expect(change.attempt).toMatchObject({ reason, finishedAt: now });
  });

  it.each(reasons)('for %s after a cancel was asked for is canceled and never tried again', (reason) => {
    const canceling = { cancelRequestedAt: 1, cancelReason: 'Canceled by a: b', allowedFailures: 5 };

    const change = end({ reason, status: 'lost' }, canceling);

    expect(change.task).toMatchObject({
      status: 'canceled',
      reason: 'Canceled',
      message: 'Canceled by a: b',
    });
    expect(change.attempt).toMatchObject({ status: 'canceled', reason: 'Canceled' });
  });

  it('for a reason of a version to come is the operator’s: failed, kept as it is', () => {
    expect(end({ reason: 'MoonFull' }, { allowedFailures: 5 }).task).toMatchObject({
      status: 'failed',
      reason: 'MoonFull',
    });
  });

  it('is tried again at once while counted failures are fewer than allowed', () => {
    const change = end({ message: 'No.' }, { countedFailures: 1, allowedFailures: 3 });

    expect(change.task).toMatchObject({ status: 'pending', countedFailures: 2, message: 'No.' });
    expect(change.task).toMatchObject({ notBefore: undefined, workerId: undefined });
  });

  it('with the last allowed failure has failed for good', () => {
    expect(end({}, { countedFailures: 2, allowedFailures: 3 }).task).toMatchObject({
      status: 'failed',
      countedFailures: 3,
      finishedAt: now,
    });
  });

  it.each([
    [0, undefined],
    [1, now + 10_000],
    [2, now + 60_000],
  ])(
    'of infrastructure for the time %i + 1 waits as long as the table says',
    (infrastructureRetries, notBefore) => {
      const { task } = end({ status: 'lost', reason: 'WorkerLost' }, { infrastructureRetries });

      expect(task).toMatchObject({
        status: 'pending',
        notBefore,
        infrastructureRetries: infrastructureRetries + 1,
      });
      expect(task).not.toHaveProperty('countedFailures');
    },
  );

  it('of infrastructure for the fourth time has failed', () => {
    expect(end({ status: 'lost', reason: 'WorkerLost' }, { infrastructureRetries: 3 }).task).toMatchObject({
      status: 'failed',
      reason: 'WorkerLost',
      message: expect.stringContaining('3 times'),
    });
  });
});

describe('a refusing model host', () => {
  it('is asked again when it said, even at once', () => {
    expect(end({ reason: 'AgentRateLimited', retryAfterSeconds: 7 }).task).toMatchObject({
      notBefore: now + 7_000,
    });
    expect(end({ reason: 'AgentRateLimited', retryAfterSeconds: 0 }).task).toMatchObject({
      status: 'pending',
    });
  });

  it.each([
    [1, 120],
    [3, 480],
    [9, 1_800],
  ])('that says nothing is asked again ever later: after %i refusals in %i s', (modelRetries, seconds) => {
    expect(end({ reason: 'ModelUnavailable' }, { modelRetries }).task).toMatchObject({
      notBefore: now + seconds * 1_000,
    });
  });

  it('is asked again ten times at most', () => {
    expect(end({ reason: 'ModelUnavailable' }, { modelRetries: 10 }).task).toMatchObject({
      status: 'failed',
    });
  });
});

describe('any end', () => {
  it('is the last one when it is a cancel, also without anybody here having asked for it', () => {
    const canceled = { status: 'canceled', reason: 'Canceled', message: 'deleted' } as const;

    expect(end(canceled, { allowedFailures: 5 }).task).toMatchObject(canceled);
  });

  it('wins over a cancel when it is a completion', () => {
    const change = end({ status: 'completed', reason: 'BranchPushed' }, { cancelRequestedAt: 1 });

    expect(change.task).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
    expect(change.attempt).toMatchObject({ status: 'completed' });
  });

  it('closes the open phase and clears what only a running task has', () => {
    const change = end({});

    expect(change.attempt?.phases).toEqual([{ phase: 'agent', startedAt: 1, finishedAt: now }]);
    expect(change.task).toMatchObject({ phase: undefined, waiting: undefined });
  });

  it('replaces what the attempt had told of its usage within the sum of the task', () => {
    const task = taskRecord({ usage: { costUsd: 0.3, inputTokens: 30 } });
    const attempt = attemptRecord({ usage: { costUsd: 0.1, inputTokens: 10 } });

    const change = decideEnd(task, attempt, {
      status: 'completed',
      reason: 'NoChanges',
      now,
      usage: { costUsd: 0.2, inputTokens: 20, outputTokens: 5 },
    });

    expect(change.task?.usage).toEqual({ costUsd: 0.4, inputTokens: 40, outputTokens: 5 });
    expect(change.attempt?.usage).toEqual({ costUsd: 0.2, inputTokens: 20, outputTokens: 5 });
  });
});
