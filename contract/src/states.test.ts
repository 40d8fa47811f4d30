import { expect, test } from 'vitest';

import {
  canCancel,
  canDelete,
  canRetry,
  isTerminal,
  nextStatus,
  taskStatuses,
  type TaskMove,
} from './states.ts';

const moves: readonly TaskMove[] = ['claim', 'requeue', 'complete', 'fail', 'cancel', 'retry'];

test('only a retry leaves an ended task, and nothing leaves a completed one', () => {
  const ended = taskStatuses.filter(isTerminal);

  const ways = ended.flatMap((from) =>
    moves.filter((move) => nextStatus(from, move)).map((move) => [from, move]),
  );

  expect(ways).toEqual([
    ['failed', 'retry'],
    ['canceled', 'retry'],
  ]);
});

test('what a person may do follows from the table', () => {
  expect(taskStatuses.filter(canCancel)).toEqual(['pending', 'running']);
  expect(taskStatuses.filter(canRetry)).toEqual(['failed', 'canceled']);
  expect(taskStatuses.filter(canDelete)).toEqual(['completed', 'failed', 'canceled']);
});

test('a running task goes back to pending only by a requeue', () => {
  expect(moves.filter((move) => nextStatus('running', move) === 'pending')).toEqual(['requeue']);
});
