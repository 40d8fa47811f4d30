import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Command } from './commands.ts';

/** A home and a small repository that one run of a program works with. */
export interface Scratch extends Disposable {
  readonly base: string;
  readonly home: string;
  readonly tree: string;
  readonly temporary: string;
}

/** Makes them, in a new folder. */
export function makeScratch(): Scratch {
  const base = mkdtempSync(join(tmpdir(), 'verve-recording-'));
  const scratch = { base, home: join(base, 'home'), tree: join(base, 'tree'), temporary: join(base, 'tmp') };
  for (const folder of [scratch.home, scratch.tree, scratch.temporary]) mkdirSync(folder);
  writeFileSync(join(scratch.tree, 'README.md'), '# Sample\n');
  const git = ['-c', 'init.defaultBranch=main'];
  for (const args of [
    [...git, 'init', '-q'],
    ['config', 'user.name', 'Sample'],
    ['config', 'user.email', 'sample@example.com'],
    ['add', '-A'],
    ['commit', '-q', '-m', 'Begin'],
  ])
    execFileSync('git', args, { cwd: scratch.tree });
  return {
    ...scratch,
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/** Lays out the files that a command needs in its home. */
export function layOut({ home }: Scratch, { files = {} }: Command): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), JSON.stringify(content));
  }
}
