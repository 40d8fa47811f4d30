import { chmodSync, cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What the compiler leaves undone: the migrations are put beside the built server, what is for tests is taken out
// (the type check compiles it to the same place), and the built worker and CLI become commands. Parts that were not
// built are passed over.

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

const commands = [join('worker', 'dist', 'main.js'), join('cli', 'dist', 'main.js')];
for (const command of commands.map((path) => join(root, path)).filter((path) => existsSync(path))) {
  // From the sources it needs their export condition; built it has to do without them.
  writeFileSync(command, readFileSync(command, 'utf8').replace(/^#!.*/, '#!/usr/bin/env node'));
  chmodSync(command, 0o755);
}
