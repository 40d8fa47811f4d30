import { expect, test } from 'vitest';

import type { PushedWork } from '../forge.ts';
import { sampleSpec } from '../testing/sample-spec.ts';
import { pullRequestBody, pullRequestTitle } from './pull-request-text.ts';

const spec = sampleSpec();

const pushed: PushedWork = {
  spec,
  base: { branch: 'main', commit: 'b'.repeat(40), shallow: [] },
  commit: 'c'.repeat(40),
  summary: undefined,
  subjects: [],
};

test("the agent's words close no issue, and the line for one that the task names does", () => {
  const work = { ...pushed, summary: 'Fixes #5' };

  const body = pullRequestBody(work, ['Closes #12']);

  expect(body).toMatch(/^F\u200Bixes #5\n\nCloses #12\n\n---\n/);
});

test("without the agent's words, the subjects of its commits close none either", () => {
  const work = { ...pushed, subjects: ['Fix #5'] };

  expect(pullRequestBody(work)).toMatch(/^- F\u200Bix #5\n\n---\n/);
});

test('a title is one line of at most 255 characters, its mark among them', () => {
  const title = pullRequestTitle({ ...spec, title: `One\n${'x'.repeat(400)}` }, 'Draft: ');

  expect(title).toMatch(/^Draft: One x+ …$/);
  expect(title).toHaveLength(255);
});

test('what a title has in braces is no part of the pattern', () => {
  const pullRequest = { draft: false, title: '{agent}: {title}', labels: [], reviewers: [], assignees: [] };

  const title = pullRequestTitle({
    ...spec,
    title: '{task} $& {agent}',
    forge: { kind: 'none', pullRequest },
  });

  expect(title).toBe('demo: {task} $& {agent}');
});

test('an empty title is the id of the task', () => {
  expect(pullRequestTitle({ ...spec, title: ' ' })).toBe(spec.taskId);
});
