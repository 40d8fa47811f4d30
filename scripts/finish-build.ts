import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What the compiler leaves undone: the migrations are put beside the built server, and the built CLI becomes a command.

const root = join(import.meta.dirname, '..');
const migrations = join('storage', 'migrations');

for (const database of ['postgres', 'sqlite']) {
  const from = join(root, 'server', 'src', migrations, database);
  cpSync(from, join(root, 'server', 'dist', migrations, database), { recursive: true });
}

const cli = join(root, 'cli', 'dist', 'main.js');
// From the sources it needs their export condition; built it has to do without them.
writeFileSync(cli, readFileSync(cli, 'utf8').replace(/^#!.*/, '#!/usr/bin/env node'));
chmodSync(cli, 0o755);
