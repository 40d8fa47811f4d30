import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { taskTimeMs } from './task-time.ts';

test('the id of a task tells when it was made', () => {
  const before = Date.now();

  const time = taskTimeMs(newId('task'));

  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
});
