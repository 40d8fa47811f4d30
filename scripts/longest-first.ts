import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files of tests that take minutes, the longest first; what is not here takes less. Vitest knows durations of an earlier run
 * alone, which a fresh clone has not had.
 */
const longestFiles = [
  'kubernetes-executor.contract',
  'agents/outcomes',
  'agents/attacks',
  'agents/pull-requests',
  'kubernetes/customer-image',
  'kubernetes/worker-load',
  'charts/disturbed',
  'agents/many-events',
  'agents/stopping',
  'e2e/src/forge.test',
  'chaos/chaos',
  'images/images',
  'kubernetes/killed-worker',
  'kubernetes/dead-node',
  'charts/install',
];

/**
 * Begins files that take long before others, so that none of them is alone at the end of a run. The groups of projects stay
 * one after the other: vitest parts files by them afterwards.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longestFiles.findIndex((part) => moduleId.includes(part));
  return rank === -1 ? longestFiles.length : rank;
}
