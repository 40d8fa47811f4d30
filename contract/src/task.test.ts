import { expect, test } from 'vitest';

import { detailsOf } from './errors.ts';
import { limits } from './limits.ts';
import { createTask } from './task.ts';

test('fills in what a task may leave out', () => {
  expect(createTask.parse({ description: 'Say hello' })).toEqual({
    description: 'Say hello',
    priority: 0,
    labels: {},
    requires: {},
    maxAttempts: 1,
    timeoutSeconds: 3600,
  });
});

test('reports every problem at once, each at its path', () => {
  const result = createTask.safeParse({
    description: 'a\0b',
    priority: 101,
    labels: { team: 7 },
    titel: 'typo',
    repository: 'http://x/y',
  });

  const paths = detailsOf(result.error ?? expect.fail('it was accepted')).map((detail) => detail.path);
  expect(paths.toSorted()).toEqual(['description', 'labels.team', 'priority', 'repository', 'titel']);
});

test.each([
  { description: ' \n ' },
  { description: 'x'.repeat(limits.descriptionLength + 1) },
  { description: 'x', title: 'two\nlines' },
  { description: 'x', maxAttempts: 11 },
  { description: 'x', timeoutSeconds: 9 },
  { description: 'x', projectId: 'tsk_01h455vb4pex5vsknk084sn02q' },
  {
    description: 'x',
    labels: Object.fromEntries(Array.from({ length: limits.labelCount + 1 }, (_, n) => [`k${n}`, ''])),
  },
])('refuses %o', (body) => {
  expect(createTask.safeParse(body).success).toBe(false);
});
