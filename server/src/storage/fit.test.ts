import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { fitCases, fitRepository } from './contract/fit-cases.ts';
import { fitsWorker } from './fit.ts';

const projectId = newId('project');

test.each(fitCases)('$name: $fits', ({ task, worker, fits }) => {
  const wanted = { projectId, repository: fitRepository, agent: undefined, requires: {}, ...task };

  expect(fitsWorker(wanted, { projectId, labels: {}, ...worker })).toBe(fits);
});

test('a task of another project fits nobody', () => {
  const task = { projectId: newId('project'), repository: fitRepository, agent: undefined, requires: {} };

  expect(fitsWorker(task, { projectId, labels: {} })).toBe(false);
});
