import { expect, test } from 'vitest';

import { createMasker, mask } from './masker.ts';

const masker = createMasker();
// Put together here, so that nobody takes this file for a leak.
const digits = 'aB3'.repeat(30);
const commit = '0123456789abcdef'.repeat(3).slice(0, 40);
const cut = ' … [cut by Verve: the line has 99999 bytes]';

test.each([
  `ghp_${digits.slice(0, 36)}`,
  `ghs_${digits.slice(0, 36)}`,
  `github_pat_${digits.slice(0, 22)}_${digits.slice(0, 59)}`,
  `glpat-${digits.slice(0, 20)}`,
  `xoxb-${'1'.repeat(12)}-${digits.slice(0, 24)}`,
  `AKIA${'A1'.repeat(8)}`,
  `AIza${digits.slice(0, 35)}`,
  `sk-ant-api03-${digits}-${digits.slice(0, 8)}AA`,
  `sk-proj-${digits.slice(0, 40)}`,
  `npm_${digits.slice(0, 36)}`,
  `verve_${digits.slice(0, 43)}`,
  `eyJ${digits.slice(0, 30)}.eyJ${digits.slice(0, 40)}.${digits.slice(0, 43)}`,
])('masks a token wherever it stands: %s', (token) => {
  for (const [before, after] of [
    ['', ''],
    ['TOKEN=', ''],
    ['{"a":"', '","b":1}'],
    [String.raw`{\"a\":\"x\n`, String.raw`\"}`],
    ['?a=b%3D', '&c=d'],
    [String.raw`a\u0026b\u003d`, String.raw`\u0026`],
    ['\u001B[31m', '\u001B[0m'],
  ] as const) {
    expect(masker.line(before + token + after)).toBe(before + mask + after);
  }
});

test.each([
  [`Authorization: Bearer ${digits}`, `Authorization: Bearer ${mask}`],
  [`> authorization: Basic ${btoa('ada:countess')}`, `> authorization: Basic ${mask}`],
  [`-H 'Authorization: token ${commit}' x`, `-H 'Authorization: token ${mask}' x`],
  [`{"Authorization":"${digits}"}`, `{"Authorization":"${mask}"}`],
  [String.raw`{\"Authorization\":\"Bearer ${digits}\"}`, String.raw`{\"Authorization\":\"Bearer ${mask}\"}`],
  [`with bearer ${digits} it works`, `with bearer ${mask} it works`],
  [`X-Api-Key: ${digits}`, `X-Api-Key: ${mask}`],
  [`//registry.example/:_authToken=${digits}`, `//registry.example/:_authToken=${mask}`],
  [`GITEA_TOKEN=${commit}`, `GITEA_TOKEN=${mask}`],
  [`?token=${commit}&x=1`, `?token=${mask}&x=1`],
  [`aws_secret_access_key = ${'aB3/'.repeat(10)}`, `aws_secret_access_key = ${mask}`],
  [`"SecretAccessKey": "${'aB3/'.repeat(10)}",`, `"SecretAccessKey": "${mask}",`],
  ['fetch https://ada:countess@git.example/a.git', `fetch https://${mask}@git.example/a.git`],
  ['redis://:countess@host:6379/0', `redis://${mask}@host:6379/0`],
  [`https://${digits}@git.example`, `https://${mask}@git.example`],
])('masks what its place tells: %s', (line, masked) => {
  expect(masker.line(line)).toBe(masked);
});

test.each([
  `commit ${commit}`,
  `the token is at ${commit}`.replace('token is at', 'commit is'),
  'Authorization: Bearer authentication',
  'Authorization: Basic authentication is needed',
  'bearer of good news in 2026',
  'https://git.example:8080/@scope/package',
  'git clone ssh://git@git.example/a.git',
  'see http://localhost:3000?mail=ada@example.org',
  'task-list-with-many-words-in-its-name-2',
  'sk-learn-is-a-long-name-without-a-number',
  'npm_config_registry npm_lifecycle_event',
  'sha512-eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9+AKIA==',
  '"verve_admin_key_of_the_tests"',
  'token: undefined, Token(40), TOKEN="abc"',
])('leaves alone what only resembles one: %s', (line) => {
  expect(masker.line(line)).toBe(line);
});

test.each([
  ['a ghp_abc', `a ${mask}`],
  ['a eyJhbGciOiJIUzI1NiJ9.eyJzd', `a ${mask}`],
  ['Authorization: Bearer ab', `Authorization: Bearer ${mask}`],
  ['https://ada:count', `https://${mask}`],
])('masks the beginning of a token where the line was cut: %s', (line, masked) => {
  expect(masker.line(line + cut)).toBe(masked + cut);
});
