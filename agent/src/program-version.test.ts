import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { versionOf } from './program-version.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-version-'));
const never = new AbortController().signal;

afterAll(() => rmSync(folder, { recursive: true }));

async function ask(script: string, oldest: string): Promise<string> {
  const path = join(folder, 'coder');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const program = { name: 'coder', versionArguments: ['--version'], oldest };
  return versionOf(
    { program, cwd: folder, environment: { PATH: `${folder}:${process.env['PATH']}` } },
    never,
  );
}

test.each([
  ['1.2.3', '1.2.3'],
  ['coder 1.10.0 (stable)', '1.9.9'],
  ['v2.0.0-beta.1', '1.9.9'],
])('"%s" is no older than %s', async (said, oldest) => {
  await expect(ask(`echo '${said}'`, oldest)).resolves.toMatch(/^\d+\.\d+\.\d+$/);
});

test.each([
  [
    'one that is too old',
    `echo 'coder 1.9.9'`,
    'coder is version 1.9.9, and 1.10.0 is needed; install a newer one',
  ],
  ['one that says something else', `echo hello`, 'coder does not tell its version, but: hello'],
  [
    'one that its Node cannot run',
    `printf 'file:///cli.js:1\\n^^^\\nSyntaxError: no export\\n  at a\\n\\nNode.js v20.1.0\\n' >&2; exit 1`,
    '"coder --version" fails: SyntaxError: no export (Node.js v20.1.0)',
  ],
  ['one that fails', `echo 'no library' >&2; exit 127`, '"coder --version" fails: no library'],
])('%s is refused', async (_, script, message) => {
  await expect(ask(script, '1.10.0')).rejects.toMatchObject({
    reason: 'ConfigInvalid',
    message: expect.stringContaining(message) as string,
  });
});

test('one that is missing is refused, with what to do', async () => {
  const program = { name: 'coder-that-nobody-has', versionArguments: ['--version'], oldest: '1.0.0' };

  const asked = versionOf({ program, cwd: folder, environment: { PATH: folder } }, never);

  await expect(asked).rejects.toMatchObject({
    reason: 'ConfigInvalid',
    message: expect.stringContaining('coder-that-nobody-has is not on the PATH; install it') as string,
  });
});
