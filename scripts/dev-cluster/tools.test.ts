import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { requireTools } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-tools-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'kubectl'), '', { mode: 0o755 });

test('what is missing is told, and what it is for', () => {
  expect(() => requireTools(['docker', 'helm', 'kubectl'], folder)).toThrow(
    /:\n {2}docker {3}builds the images\n {2}helm {3}3\.17 or newer, installs the charts$/,
  );
  expect(() => requireTools(['kubectl'], folder)).not.toThrow();
});
