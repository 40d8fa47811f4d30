import { expect, test } from 'vitest';

import { tameWords } from './tamed-words.ts';

const issue = String.raw`(?:[\w./-]*[#!]\d+|GH-\d+|https?://\S+/(?:issues|pulls|work_items)/\d+)`;
/** GitHub's rule in its documentation, GitLab's default pattern, and those of Gitea's `modules/references`. */
const closings = [
  new RegExp(String.raw`\b(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?\s+${issue}`, 'i'),
  new RegExp(
    String.raw`\b(?:[Cc]los(?:e[sd]?|ing)|[Ff]ix(?:e[sd]|ing)?|[Rr]esolv(?:e[sd]?|ing)|[Ii]mplement(?:s|ed|ing)?):? +(?:(?:issues? +)?${issue}|[A-Z][A-Z0-9_]+-\d+)`,
  ),
  new RegExp(
    String.raw`(?:\s|^|\(|\[)(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?|reopen(?:s|ed)?):? (?:${issue}|\[.*\]\(\S*/issues/\d+\))`,
    'i',
  ),
];

test.each([
  'Fixes #5',
  'This closes: #5, and that resolves acme/app#6.',
  'CLOSED #5',
  'fix\n#5',
  '(resolves https://forge.example/acme/app/issues/5)',
  'Resolved GH-5',
  'Closing issues #5 and #6',
  'Implements group/sub/app#5',
  'Fixing https://gitlab.example/group/app/-/work_items/5',
  'Implement KEY-12',
  'closes !5',
  'Reopens #5',
  'Closes [the bug](https://gitea.example/acme/app/issues/5)',
])('"%s" closes no issue, and reads as before', (words) => {
  const tamed = tameWords(words);

  expect(closings.some((closing) => closing.test(words))).toBe(true);
  expect(closings.some((closing) => closing.test(tamed))).toBe(false);
  expect(tamed.replaceAll('\u200B', '')).toBe(words);
});

test.each([
  ['**Fixes** _issue_ **#5**', '**F\u200Bixes** _issue_ **#5**'],
  ['Fixes &ensp;<b title="x y">#5</b>', 'F\u200Bixes &ensp;<b title="x y">#5</b>'],
  ['cloſes #5', 'c\u200Bloſes #5'],
  ['Fi&#120;es #5 for &commat;admin', 'Fi&\u200B#120;es #5 for &\u200Bcommat;admin'],
])('"%s" does not close by a disguise', (words, tamed) => {
  expect(tameWords(words)).toBe(tamed);
});

test.each([
  'Fixed the bug, and closes the file. See #5.',
  'git switch fix/issue-5',
  'close(fd-1)',
  'fixtures #5',
  'It is fixed in 3 places.',
])('"%s" is left as it is', (words) => {
  expect(tameWords(words)).toBe(words);
});

test('words call nobody, and hide nothing', () => {
  const tamed = tameWords('Ask @admin\u0000 <!-- hidden --> \u202Etxt');

  expect(tamed).toBe('Ask @\u200Badmin  &lt;!-- hidden -->  txt');
});

test('a line that begins with a slash commands nothing', () => {
  const tamed = tameWords('Done.\n/merge\n  /assign me\nsee src/a.ts');

  expect(tamed).toBe('Done.\n\u200B/merge\n  \u200B/assign me\nsee src/a.ts');
});

test.each(['fix ', 'fix:', 'fix <', 'fix &a', 'fix #'])('many times "%s" is read in no time', (words) => {
  const text = words.repeat(10_000);

  expect(tameWords(text)).toHaveLength(text.length);
});
