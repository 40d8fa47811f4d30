import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { chartFiles } from './charts/chart-files.ts';

// npm run charts: writes what of the charts is made from other files. A test finds it out of date.

const root = join(import.meta.dirname, '..');
for (const { path, text } of chartFiles(root)) {
  const file = join(root, path);
  if (readFileSync(file, 'utf8') === text) continue;
  writeFileSync(file, text);
  console.log(`wrote ${relative(process.cwd(), file)}`);
}
