import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createJsonLines } from './json-lines.ts';
import { temporaryFolder } from './testing/run.ts';

function parseNumber(line: string, endsAt: number): readonly [number, number] | undefined {
  return /^\d+$/.test(line) ? [Number(line), endsAt] : undefined;
}

test('lines come as they are written, each with its end, and a half one waits for the rest', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'lines');
  writeFileSync(path, '1\n22\n3');
  await using file = await open(path, 'r');
  const lines = createJsonLines({ from: 0, parse: parseNumber });

  const first = await lines.next(file, Infinity);
  const none = await lines.next(file, Infinity);
  appendFileSync(path, '3\nx\n4\n');
  const rest = await lines.next(file, Infinity);

  expect([first, none, rest]).toEqual([
    [
      [1, 2],
      [22, 5],
    ],
    [],
    [
      [33, 8],
      [4, 12],
    ],
  ]);
  expect(lines.offset).toBe(12);
});

test('no byte after the given ones is read', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'lines');
  writeFileSync(path, '1\n2\n3\n');
  await using file = await open(path, 'r');
  const lines = createJsonLines({ from: 2, parse: parseNumber });

  expect(await lines.next(file, 5)).toEqual([[2, 4]]);
  expect(await lines.next(file, 5)).toEqual([]);
});

test('of a line that is too long only the beginning is looked at', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'lines');
  writeFileSync(path, '1\n');
  truncateSync(path, 16 * 1024 * 1024);
  appendFileSync(path, '2\n3\n');
  await using file = await open(path, 'r');
  const lengths: number[] = [];
  const lines = createJsonLines({
    from: 0,
    parse: (line, endsAt) => {
      lengths.push(line.length);
      return parseNumber(line, endsAt);
    },
  });

  const found = [...(await lines.next(file, Infinity)), ...(await lines.next(file, Infinity))];

  expect(found.map(([number]) => number)).toEqual([1, 3]);
  expect(lengths).toEqual([1, 1024 * 1024, 1]);
});

test('what cannot be parsed is thrown after the lines before it, and again', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'lines');
  writeFileSync(path, '1\n2\nx\n3\n');
  await using file = await open(path, 'r');
  const lines = createJsonLines({ from: 0, parse: (line): unknown => JSON.parse(line) });

  expect(await lines.next(file, Infinity)).toEqual([1, 2]);
  await expect(lines.next(file, Infinity)).rejects.toThrow(SyntaxError);
  await expect(lines.next(file, Infinity)).rejects.toThrow(SyntaxError);
  expect(lines.offset).toBe(4);
});
