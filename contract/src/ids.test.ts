import { expect, test } from 'vitest';

import { newId, projectId, taskId } from './ids.ts';

test('an id names its kind and is accepted as that kind only', () => {
  const id = newId('task');

  expect(taskId.safeParse(id).success).toBe(true);
  expect(projectId.safeParse(id).success).toBe(false);
});

test.each([
  '',
  'tsk_',
  'tsk_1',
  'tsk_81h455vb4pex5vsknk084sn02q',
  'tsk_01H455VB4PEX5VSKNK084SN02Q',
  'tsk_01h455vb4pex5vsknk084sn02q\n',
])('what is not an id is refused: %j', (value) => {
  expect(taskId.safeParse(value).success).toBe(false);
});

test('ids made later sort later', async () => {
  const first = newId('task');
  const madeAt = Date.now();
  while (Date.now() === madeAt) await Promise.resolve();
  const second = newId('task');

  expect(first < second).toBe(true);
});
