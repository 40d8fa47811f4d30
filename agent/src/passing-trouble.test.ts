import { tmpdir } from 'node:os';

import { expect, test } from 'vitest';

import { GitFailed } from './git.ts';
import { whyPassing } from './passing-trouble.ts';

const place = { repository: 'https://git.example/acme/app.git' };

test.each([
  ['git push was ended by SIGKILL', true],
  ['error: remote-https died of signal 9\nfatal: remote transport reported error', true],
  ['fatal: unable to write loose object file: No space left on device', true],
  ['fatal: unable to access: Connection refused', true],
  ['fatal: repository not found', false],
  ['git push has more to tell than is taken', false],
])('%j', async (words, isPassing) => {
  const why = await whyPassing(new GitFailed(words, undefined), place, tmpdir());

  expect(why !== undefined).toBe(isPassing);
});

test('what is not of git does not pass', async () => {
  expect(await whyPassing(new Error('died of signal 9'), place, tmpdir())).toBeUndefined();
});
