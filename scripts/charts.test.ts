import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { chartFiles } from './charts/chart-files.ts';

const root = join(import.meta.dirname, '..');

test('what of the charts is made from other files is up to date; else run `npm run charts`', () => {
  for (const { path, text } of chartFiles(root)) expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});
