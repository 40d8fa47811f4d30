import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { staleFiles, writeFiles } from './folder.ts';
import { madeMark } from './part-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verve-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = new Map(['same', 'other', 'missing'].map((name) => [name, `${madeMark}${name}\n`]));

test('files that are missing, have another text or are made no more are stale, and are mended', () => {
  writeFileSync(join(folder, 'same'), `${madeMark}same\n`);
  writeFileSync(join(folder, 'other'), `${madeMark}something\n`);
  writeFileSync(join(folder, 'no-more'), `${madeMark}no-more\n`);

  const stale = staleFiles(folder, files);
  writeFiles(folder, files, stale);

  expect(stale).toEqual(['missing', 'no-more', 'other']);
  expect(readdirSync(folder)).toEqual(['missing', 'other', 'same']);
  expect(readFileSync(join(folder, 'other'), 'utf8')).toBe(`${madeMark}other\n`);
  expect(staleFiles(folder, files)).toEqual([]);
});

test('what a person has written there is let alone', () => {
  writeFileSync(join(folder, 'values.yaml'), '# mine\n');

  expect(staleFiles(folder, new Map())).toEqual([]);
});
