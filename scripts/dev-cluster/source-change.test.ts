import { expect, test } from 'vitest';

import { changeOf } from './source-change.ts';

test.each([
  [['server/src/main.ts'], ['server']],
  [
    ['agent/Dockerfile', 'worker/src/poller.ts'],
    ['worker', 'agent'],
  ],
  [['contract/src/task.ts'], ['server', 'worker', 'agent']],
  [['package-lock.json'], ['server', 'worker', 'agent']],
  [['.dockerignore'], ['server', 'worker', 'agent']],
])('%j is in the images of %j', (paths, parts) => {
  expect(changeOf(paths)).toEqual({ parts });
});

test.each([
  'charts/verve-server/templates/service.yaml',
  'crds/agentruns.yaml',
  'scripts/dev-cluster/verve-worker.yaml',
])('%s is in no image, and is installed', (path) => {
  expect(changeOf([path])).toEqual({ parts: [] });
});

test.each([
  'server/src/app.test.ts',
  'server/src/.app.ts.swp',
  'server/src/app.ts~',
  'server/dist/app.js',
  'docs/glossary.md',
  'scripts/dev-cluster/banner.ts',
  'e2e/src/programs.ts',
])('%s changes nothing that runs', (path) => {
  expect(changeOf([path])).toBeUndefined();
});
