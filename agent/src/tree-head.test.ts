import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { headOf } from './tree-head.ts';

const tree = mkdtempSync(join(tmpdir(), 'verve-tree-head-'));
const commit = 'a'.repeat(40);
mkdirSync(join(tree, '.git'));
writeFileSync(join(tree, '.git', 'HEAD'), 'ref: refs/heads/main\n');
writeFileSync(join(tree, '.git', 'packed-refs'), `${commit} refs/heads/main\n`);

afterAll(() => rmSync(tree, { recursive: true }));

test('the head of a tree is found where git packed it', async () => {
  expect(await headOf(tree)).toBe(commit);
});

test.each([
  ['no tree', join(tree, 'none')],
  ['a file in its place', join(tree, '.git', 'HEAD')],
])('%s is what the agent made of it', async (_, path) => {
  await expect(headOf(path)).rejects.toMatchObject({ reason: 'AgentFailed' });
});

test('a tree that cannot be looked at is not what the agent made of it', async () => {
  const error: unknown = await headOf(join(tree, 'x'.repeat(300))).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code: 'ENAMETOOLONG' });
});

test('nor is a file of it for which no descriptor is left', () => {
  const module = fileURLToPath(new URL('tree-head.ts', import.meta.url));
  const script = `
    const { openSync } = await import('node:fs');
    const { headOf } = await import(${JSON.stringify(module)});
    await headOf(${JSON.stringify(tree)});
    try { for (;;) openSync('/dev/null'); } catch {}
    console.log(await headOf(${JSON.stringify(tree)}).catch((error) => error.message));
  `;
  const shell = 'ulimit -n 200; exec "$0" --conditions=source --input-type=module --eval "$1"';

  const { stdout } = spawnSync('sh', ['-c', shell, process.execPath, script], { encoding: 'utf8' });

  expect(stdout).toContain('EMFILE');
});
