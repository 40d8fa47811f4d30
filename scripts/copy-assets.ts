import { cpSync } from 'node:fs';
import { join } from 'node:path';

// What the compiler leaves behind and the built programs read: the migrations.

const root = join(import.meta.dirname, '..');
const migrations = join('storage', 'migrations');

for (const database of ['postgres', 'sqlite']) {
  const from = join(root, 'server', 'src', migrations, database);
  cpSync(from, join(root, 'server', 'dist', migrations, database), { recursive: true });
}
