import { defineConfig } from 'vitest/config';

import { LongestFirst } from './scripts/longest-first.ts';

const conditions = ['source', 'module', 'node', 'development|production'];
const resolving = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const excluded = ['**/node_modules/**', '**/dist/**'];

/** What waits for a cluster, a forge, an engine or whole programs most of its time, and comes last. */
const wholeSystem = ['e2e/**/*.test.ts', 'worker/src/executors/*/*.contract.test.ts'];

// Timeouts find what hangs, on machines that have much else to do.
export default defineConfig({
  test: {
    globalSetup: ['server/src/testing/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...resolving,
        test: {
          name: 'parts',
          include: ['{contract,server,worker,agent,cli,scripts}/**/*.test.ts'],
          exclude: [...excluded, ...wholeSystem],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        ...resolving,
        test: {
          name: 'whole',
          include: wholeSystem,
          exclude: excluded,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Of tests that run at once within a file: each may start a coding agent, which takes a core for seconds.
          maxConcurrency: 3,
          // More than there may be cores: most of them wait.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
