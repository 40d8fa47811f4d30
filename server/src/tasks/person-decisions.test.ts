import { createTask, taskStatuses } from '@verve/contract';
import { describe, expect, it } from 'vitest';

import { snapshotOf } from '../testing/records.ts';
import { decideCancel } from './cancel.ts';
import { newTask } from './new-task.ts';
import { decideRetry } from './retry.ts';

const cancel = { by: 'ann', reason: 'not needed', now: 7 };

describe('a cancel', () => {
  it('ends a pending task at once and says who and why', () => {
    expect(decideCancel(snapshotOf({ status: 'pending' }), cancel).task).toMatchObject({
      status: 'canceled',
      reason: 'Canceled',
      message: 'Canceled by ann: not needed',
      finishedAt: 7,
    });
  });

  it('of a running task is a request that leaves it running', () => {
    expect(decideCancel(snapshotOf(), cancel)).toEqual({
      task: { cancelRequestedAt: 7, cancelReason: 'Canceled by ann: not needed' },
    });
  });

  it.each(['running', 'canceled'] as const)('for the second time changes nothing (%s)', (status) => {
    expect(decideCancel(snapshotOf({ status, cancelRequestedAt: 1 }), cancel)).toEqual({});
  });

  it.each(['completed', 'failed'] as const)('of a %s task is refused', (status) => {
    expect(() => decideCancel(snapshotOf({ status }), cancel)).toThrow(
      expect.objectContaining({ code: 'Conflict', conflict: { kind: 'IllegalTransition', status } }),
    );
  });
});

describe('a retry by a person', () => {
  it('gives one attempt more whatever was counted, with fresh retries and nothing of the end', () => {
    const ended = { countedFailures: 4, allowedFailures: 4, infrastructureRetries: 3, modelRetries: 10 };

    const { task } = decideRetry(snapshotOf({ status: 'failed', reason: 'AgentFailed', ...ended }), {});

    expect(task).toMatchObject({
      status: 'pending',
      allowedFailures: 5,
      infrastructureRetries: 0,
      modelRetries: 0,
    });
    for (const field of [
      'reason',
      'message',
      'finishedAt',
      'cancelRequestedAt',
      'cancelReason',
      'notBefore',
    ]) {
      expect(task).toHaveProperty(field, undefined);
    }
  });

  it('adds the instructions to the description', () => {
    const { task } = decideRetry(snapshotOf({ status: 'canceled' }), { instructions: 'Use tabs.' });

    expect(task?.description).toBe('Mend it.\n\n---\n\nInstructions after attempt 1:\n\nUse tabs.');
  });

  it('refuses instructions that no longer fit', () => {
    const full = snapshotOf({ status: 'failed', description: 'x'.repeat(99_990) });

    expect(() => decideRetry(full, { instructions: 'y' })).toThrow(
      /instructions must be at most 0 characters/,
    );
  });

  it.each(taskStatuses.filter((status) => status !== 'failed' && status !== 'canceled'))(
    'of a %s task is refused',
    (status) => {
      expect(() => decideRetry(snapshotOf({ status }), {})).toThrow(
        expect.objectContaining({ conflict: { kind: 'IllegalTransition', status } }),
      );
    },
  );
});

describe('a new task', () => {
  const project = { id: 'prj_1', name: 'default', baseBranch: 'trunk', agent: 'demo', createdAt: 0 };
  const origin = { id: 'tsk_1', project, createdBy: 'ann', now: 7 };
  const repository = 'https://git.example/acme/app.git';

  it('takes what it does not say from its project, and its title from the first line', () => {
    const input = createTask.parse({ description: '\n  Mend it  \nwell', repository });

    expect(newTask(input, origin)).toMatchObject({
      title: 'Mend it',
      description: '\n  Mend it  \nwell',
      baseBranch: 'trunk',
      agent: 'demo',
      maxAttempts: 1,
      createdBy: 'ann',
      createdAt: 7,
    });
  });

  it('cuts a long first line to a title without splitting a character', () => {
    const input = createTask.parse({ description: 'a' + '😀'.repeat(200), repository });

    const { title } = newTask(input, origin);

    expect(title.length).toBeLessThanOrEqual(200);
    expect(title.isWellFormed()).toBe(true);
    expect(title.endsWith('😀…')).toBe(true);
  });

  it('needs a repository from somewhere', () => {
    expect(() => newTask(createTask.parse({ description: 'x' }), origin)).toThrow(
      expect.objectContaining({
        code: 'InvalidArgument',
        details: [expect.objectContaining({ path: 'repository' })],
      }),
    );
  });
});
