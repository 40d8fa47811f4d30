import { newId, type RunSpec } from '@verve/contract';
import { expect, test } from 'vitest';

import { pullRequestBody, pullRequestTitle } from './pull-request-text.ts';

const spec: RunSpec = {
  taskId: newId('task'),
  attempt: 1,
  title: 'Say hello',
  description: '',
  repository: 'https://forge.example/acme/app.git',
  branch: 'verve/x',
  author: { name: 'Verve', email: 'noreply@verve.dev' },
  agent: { name: 'demo', driver: 'demo' },
  forge: { kind: 'none' },
  mayChangeWorkflows: false,
  logLevel: 'full',
};

function bodyOf(summary: string): string {
  const base = { branch: 'main', commit: 'b'.repeat(40), shallow: [] };
  return pullRequestBody({ spec, base, commit: 'c'.repeat(40), summary, subjects: [] });
}

test('words call nobody, and hide nothing', () => {
  const body = bodyOf('Ask @admin\u0000 <!-- hidden --> \u202Etxt');

  expect(body).toContain('Ask @\u200Badmin  &lt;!-- hidden -->  txt');
});

test('a line that begins with a slash commands nothing', () => {
  const body = bodyOf('Done.\n/merge\n  /assign me\nsee src/a.ts');

  expect(body).toContain('Done.\n\u200B/merge\n  \u200B/assign me\nsee src/a.ts');
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
