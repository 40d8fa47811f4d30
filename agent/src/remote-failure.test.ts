import { expect, test } from 'vitest';

import { explainRemote } from './remote-failure.ts';

const repository = 'https://git.example/acme/archived-certificate-forbidden.git';

test.each([
  [
    "fatal: unable to access 'https://x/': Could not resolve host: x.example",
    true,
    'x.example has no address',
  ],
  [
    'fatal: unable to access: server certificate verification failed. CAfile: none CRLfile: none',
    false,
    'caFile',
  ],
  ['fatal: could not read Username for: terminal prompts disabled', false, 'asks for a login'],
  ["fatal: Authentication failed for 'https://x/'", false, 'asks for a login'],
  ['fatal: The requested URL returned error: 403', false, 'have no right'],
  ['fatal: The requested URL returned error: 502', true, 'cannot be reached'],
  ['fatal: The requested URL returned error: 429', true, 'cannot be reached'],
  ['fatal: The requested URL returned error: 301', false, 'leads to another address'],
  ['error: RPC failed; curl 56 GnuTLS recv error (-110)\nfatal: early EOF', true, 'cannot be reached'],
  ['fatal: unable to access: Failed to connect to x port 443: Connection refused', true, 'cannot be reached'],
  ['git@x: Permission denied (publickey).\nfatal: Could not read from remote', false, 'ssh could not log in'],
  ['remote: Gitea: Not allowed to push to protected branch main', false, 'branch protection'],
  ['! [rejected] a -> b (stale info)', true, 'somebody else pushed'],
  ["! [remote rejected] a -> b (cannot lock ref 'b': is at 1 but expected 2)", true, 'somebody else pushed'],
  [
    "! [remote rejected] a -> b (cannot lock ref 'b': Unable to create 'b.lock': File exists.)",
    true,
    'same moment',
  ],
  ['! [remote rejected] a -> b (failed to update ref)', true, 'somebody else pushed'],
  ['! [remote rejected] a -> b (incorrect old value provided)', true, 'somebody else pushed'],
  [
    "! [remote rejected] a -> b (cannot lock ref 'refs/heads/verve/x': 'refs/heads/verve' exists; cannot create 'refs/heads/verve/x')",
    false,
    'refs/heads/verve of ',
  ],
  ["(cannot lock ref 'b': Unable to create 'b.lock': Permission denied)", false, 'have no right'],
  ['git push timed out after 240 s', true, 'cannot be reached'],
  ['fatal: something new', false, 'git failed on'],
])('"%s" is told in a sentence', (words, isTransient, sentence) => {
  const told = `${words} ${repository}`;

  const failure = explainRemote(told, { repository });

  expect(failure.isTransient).toBe(isTransient);
  expect(failure.sentence).toContain(sentence);
  expect(failure.sentence).toContain(words);
});
