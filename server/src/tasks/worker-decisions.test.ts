import { describe, expect, it } from 'vitest';

import { snapshotOf } from '../testing/records.ts';
import { decideComplete } from './complete.ts';
import { decideProgress } from './progress.ts';
import { decideTakeBack } from './take-back.ts';

const now = 5_000;
const times = { now, leaseMs: 180_000, publishMs: 300_000 };
const outcome = { attempt: 1, status: 'completed', reason: 'BranchPushed', lastSeq: 3 } as const;
const at = { now, outcomeHash: 'a' };

function conflictOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof Error && 'conflict' in error ? error.conflict : error;
  }
  return undefined;
}

describe('progress', () => {
  it('acknowledges, renews the lease and opens the phase, closing the one before', () => {
    const snapshot = snapshotOf({ phase: 'checkout' }, { phases: [{ phase: 'checkout', startedAt: 1 }] });

    const { change, answer } = decideProgress(snapshot, { attempt: 1, phase: 'agent' }, times);

    expect(change.attempt).toEqual({
      isAcknowledged: true,
      leaseUntil: 185_000,
      phases: [
        { phase: 'checkout', startedAt: 1, finishedAt: now },
        { phase: 'agent', startedAt: now },
      ],
    });
    expect(change.task).toEqual({ phase: 'agent' });
    expect(answer).toEqual({});
  });

  it('told again changes nothing that followers see', () => {
    const snapshot = snapshotOf(
      { phase: 'agent', waiting: 'a' },
      { phases: [{ phase: 'agent', startedAt: 1 }] },
    );

    const { change } = decideProgress(snapshot, { attempt: 1, phase: 'agent', waiting: 'a' }, times);

    expect(change).not.toHaveProperty('task');
    expect(change.attempt).not.toHaveProperty('phases');
  });

  it('that was overtaken does not go back to an earlier phase', () => {
    const snapshot = snapshotOf({ phase: 'publish' }, { phases: [{ phase: 'publish', startedAt: 1 }] });

    const { change } = decideProgress(snapshot, { attempt: 1, phase: 'agent', waiting: 'x' }, times);

    expect(change).not.toHaveProperty('task');
    expect(change.attempt).not.toHaveProperty('phases');
  });

  it('grants the permit to publish and keeps the attempt until it is over', () => {
    const { change, answer } = decideProgress(snapshotOf(), { attempt: 1, phase: 'publish' }, times);

    expect(answer).toEqual({ publishSeconds: 300 });
    expect(change.attempt).toMatchObject({ publishUntil: now + 300_000 });
  });

  it('grants no permit once a cancel was asked for', () => {
    const snapshot = snapshotOf({ cancelRequestedAt: 1 });

    const { change, answer } = decideProgress(snapshot, { attempt: 1, phase: 'publish' }, times);

    expect(answer).toEqual({});
    expect(change.attempt).not.toHaveProperty('publishUntil');
  });

  it('adds the usage of the attempt to that of the ones before', () => {
    const snapshot = snapshotOf({ usage: { inputTokens: 110 } }, { usage: { inputTokens: 10 } });

    const { change } = decideProgress(
      snapshot,
      { attempt: 1, phase: 'agent', usage: { inputTokens: 25 } },
      times,
    );

    expect(change.task?.usage).toEqual({ inputTokens: 125 });
  });

  it('of an attempt that is over is told what is true now', () => {
    const snapshot = snapshotOf({ attempt: 2 }, { status: 'lost' });

    expect(conflictOf(() => decideProgress(snapshot, { attempt: 1, phase: 'agent' }, times))).toEqual({
      kind: 'Superseded',
      attempt: 2,
      status: 'running',
    });
  });
});

describe('a completion', () => {
  it('ends the task with its results', () => {
    const change = decideComplete(snapshotOf(), { ...outcome, branch: 'verve/x', commit: 'c' }, at);

    expect(change.task).toMatchObject({ status: 'completed', branch: 'verve/x', commit: 'c' });
    expect(change.attempt).toMatchObject({ status: 'completed', outcomeHash: 'a' });
  });

  it('that is repeated changes nothing, also after a newer attempt began', () => {
    const ended = { status: 'failed', outcomeHash: 'a' } as const;

    expect(decideComplete(snapshotOf({ status: 'failed' }, ended), outcome, at)).toEqual({});
    expect(decideComplete(snapshotOf({ attempt: 2 }, ended), outcome, at)).toEqual({});
  });

  it.each([
    ['another outcome', { status: 'failed', outcomeHash: 'b' }, 'failed'],
    ['an attempt that was taken back', { status: 'lost' }, 'lost'],
  ] as const)('is refused for %s', (_, attempt, status) => {
    const snapshot = snapshotOf({ status: 'failed' }, attempt);

    expect(conflictOf(() => decideComplete(snapshot, outcome, at))).toEqual({
      kind: 'Superseded',
      attempt: 1,
      status,
    });
  });

  it('waits for the chunks that are missing', () => {
    expect(conflictOf(() => decideComplete(snapshotOf(), { ...outcome, lastSeq: 5 }, at))).toEqual({
      kind: 'Hole',
      expectedSeq: 4,
    });
  });

  it('of an attempt that never was finds nothing', () => {
    const { task } = snapshotOf();

    expect(() => decideComplete({ task, lastSeq: 0 }, outcome, at)).toThrow('no such attempt');
  });
});

describe('taking back', () => {
  it('loses an expired attempt and makes the task pending', () => {
    const change = decideTakeBack(snapshotOf(), { now: 10_000, cause: 'expired' });

    expect(change.attempt).toMatchObject({ status: 'lost', reason: 'WorkerLost' });
    expect(change.task).toMatchObject({ status: 'pending', reason: 'WorkerLost', infrastructureRetries: 1 });
  });

  it.each([
    ['was renewed meanwhile', snapshotOf({}, { leaseUntil: 10_001 })],
    ['may be publishing', snapshotOf({}, { publishUntil: 10_001 })],
    ['is over', snapshotOf({}, { status: 'completed' })],
    ['is not the newest', snapshotOf({ status: 'pending' }, { status: 'lost' })],
  ])('leaves an attempt that %s', (_, snapshot) => {
    expect(decideTakeBack(snapshot, { now: 10_000, cause: 'expired' })).toEqual({});
  });

  it('of a claim that nobody acknowledged costs nothing but the number', () => {
    const snapshot = snapshotOf({ infrastructureRetries: 3 }, { isAcknowledged: false });

    const change = decideTakeBack(snapshot, { now: 10_000, cause: 'expired' });

    expect(change.task).toMatchObject({ status: 'pending', workerId: undefined });
    expect(change.task).not.toHaveProperty('infrastructureRetries');
    expect(change.attempt).toMatchObject({ status: 'lost' });
  });

  it('of an undelivered claim does not wait, unless its worker has it after all', () => {
    const unheard = snapshotOf({}, { isAcknowledged: false });

    expect(decideTakeBack(unheard, { now, cause: 'undelivered' }).task).toMatchObject({ status: 'pending' });
    expect(decideTakeBack(snapshotOf(), { now, cause: 'undelivered' })).toEqual({});
  });

  it.each([true, false])(
    'ends a task as canceled when that was asked for (acknowledged: %s)',
    (isAcknowledged) => {
      const snapshot = snapshotOf({ cancelRequestedAt: 1, cancelReason: 'why' }, { isAcknowledged });

      const change = decideTakeBack(snapshot, { now: 10_000, cause: 'expired' });

      expect(change.task).toMatchObject({ status: 'canceled', reason: 'Canceled', message: 'why' });
    },
  );
});
