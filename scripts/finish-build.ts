import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What the compiler leaves undone: the migrations are put beside the built server, what is for tests is taken out
// (the type check compiles it to the same place), and the built CLI becomes a command.

const root = join(import.meta.dirname, '..');
const migrations = join('storage', 'migrations');

for (const database of ['postgres', 'sqlite']) {
  const from = join(root, 'server', 'src', migrations, database);
  cpSync(from, join(root, 'server', 'dist', migrations, database), { recursive: true });
}

const forTests = [
  'e2e/dist',
  '*/dist/**/*.test.*',
  '*/dist/**/testing',
  '*/dist/**/*-bench.*',
  '*/dist/**/bench',
  '*/dist/storage/contract',
];
for (const path of globSync(forTests, { cwd: root }))
  rmSync(join(root, path), { recursive: true, force: true });

const cli = join(root, 'cli', 'dist', 'main.js');
// From the sources it needs their export condition; built it has to do without them.
writeFileSync(cli, readFileSync(cli, 'utf8').replace(/^#!.*/, '#!/usr/bin/env node'));
chmodSync(cli, 0o755);
