import { expect, test } from 'vitest';

import { issueLines } from './issue-links.ts';

const shown = {
  fullName: 'acme/tools/app',
  pages: ['https://forge.example/acme/tools/app', 'https://git.example:8443/acme/tools/app'],
};

test.each([
  ['See #12.', ['Refs #12']],
  ['#1, (#2) and #3: all', ['Refs #1', 'Refs #2', 'Refs #3']],
  ['Fixes #12', ['Closes #12']],
  ['This closes: #12', ['Closes #12']],
  ['It resolved acme/tools/app#7', ['Closes #7']],
  ['Acme/Tools/App#7', ['Refs #7']],
  ['First #12, which this fixes. Fix #12', ['Closes #12']],
  ['https://forge.example/acme/tools/app/issues/5', ['Refs #5']],
  ['Closes https://forge.example/acme/tools/app/-/issues/5#note_1', ['Closes #5']],
  ['https://git.example:8443/acme/tools/app/-/work_items/6', ['Refs #6']],
  ['prefixes #4 with care', ['Refs #4']],
])('"%s" links issues of the repository', (description, lines) => {
  expect(issueLines(description, shown)).toEqual(lines);
});

test.each([
  'other/place#12',
  'tools/app#12',
  'https://forge.example/other/app/issues/12',
  'https://evil.example/?https://forge.example.evil/acme/tools/app/issues/1',
  '&#12;',
  'colour #123456789012',
  'v#12a and #12-b',
  'a # 12',
  '#0',
  '`#12` in code',
  'Run\n```\ngit log #12\n```\nthen',
  '~~~\n#12',
])('"%s" links none', (description) => {
  expect(issueLines(description, shown)).toEqual([]);
});

test('a long description is read in no time', () => {
  const description = 'fixes #1 '.repeat(20_000);

  expect(issueLines(description, shown)).toEqual(['Closes #1']);
});

test('a description that names many links the first ten', () => {
  const description = Array.from({ length: 30 }, (_, at) => `#${at + 1}`).join(' ');

  expect(issueLines(description, shown)).toHaveLength(10);
});
