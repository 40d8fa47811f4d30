import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { createTestContainer } from '../testing/container.ts';
import { writeTermination } from './termination-file.ts';

/** No file of this process grows beyond so many bytes. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

test('the end takes the place of what was there', async () => {
  using container = createTestContainer();
  const file = join(container.folder, 'end');
  writeFileSync(file, 'x'.repeat(10_000));

  await writeTermination(file, '{"skipped":true}', 0);

  expect(readFileSync(file, 'utf8')).toBe('{"skipped":true}');
});

test('without room for all of it nothing of it stays', async () => {
  using container = createTestContainer();
  const file = join(container.folder, 'end');
  onTestFinished(() => limitFiles('unlimited'));
  limitFiles(100);

  const written = writeTermination(file, 'x'.repeat(200), 0);

  await expect(written).rejects.toMatchObject({ code: 'EFBIG' });
  expect(readFileSync(file, 'utf8')).toBe('');
});

test('a full disk is waited for', async () => {
  using container = createTestContainer();
  const file = join(container.folder, 'end');
  onTestFinished(() => limitFiles('unlimited'));
  limitFiles(100);

  const written = writeTermination(file, 'x'.repeat(200), 60_000);
  setTimeout(() => limitFiles('unlimited'), 100);
  await written;

  expect(readFileSync(file, 'utf8')).toHaveLength(200);
});

test.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ['a link', (path: string) => symlinkSync('elsewhere', path)],
  ['a folder', (path: string) => execFileSync('mkdir', [path])],
])('%s in its place is refused', async (_, plant) => {
  using container = createTestContainer();
  plant(join(container.folder, 'end'));

  await expect(writeTermination(join(container.folder, 'end'), '{}', 0)).rejects.toThrow(/./);
});

test('an end that nobody can be told is no success, and the stream says so', async () => {
  using container = createTestContainer();
  execFileSync('mkdir', [join(container.folder, 'end')]);

  const code = await container.run('checkout', `echo '{"status":"completed"}' > "$VERVE_OUT/outcome.json"`);

  expect(code).toBe(1);
  expect(container.lines()).toEqual([expect.stringMatching(/^e verve-agent: .*cannot be told.*EISDIR/)]);
});
