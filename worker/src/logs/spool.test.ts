import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { RunLine } from '../executor.ts';
import { noMeters } from '../meters.ts';
import { limitFiles } from '../testing/file-limit.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { openSpool, type Spool, type SpoolBounds } from './spool.ts';

const never = new AbortController().signal;

const roomy: SpoolBounds = { bytes: 1024 * 1024, segmentBytes: 2 * 1024 };

function linesOf(from: number, to: number): RunLine[] {
  return Array.from({ length: to - from + 1 }, (_, n) => ({
    atMs: 1,
    stream: 'o',
    phase: 'agent',
    text: `line ${from + n}`,
    cursor: `c${from + n}`,
  }));
}

async function spoolAt(folder: string, cursor?: string, bounds = roomy): Promise<Spool> {
  return openSpool({ folder: join(folder, 'spool'), bounds, cursor, meters: noMeters, logger: silent });
}

function filesIn(folder: string): string[] {
  return readdirSync(join(folder, 'spool')).sort();
}

async function readTexts(spool: Spool): Promise<string[]> {
  const texts: string[] = [];
  for (let lines = await spool.read(); lines; lines = await spool.read()) {
    texts.push(...lines.map((line) => line.text));
  }
  return texts;
}

function textsOf(lines: readonly RunLine[]): string[] {
  return lines.map((line) => line.text);
}

test('lines come out as they went in, over many files, while more go in', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path);
  const lines = linesOf(1, 1_000);

  const read = readTexts(spool);
  for (let at = 0; at < lines.length; at += 7) await spool.append(lines.slice(at, at + 7), never);
  await spool.finish(never);

  expect(await read).toEqual(textsOf(lines));
  expect(filesIn(folder.path).length).toBeGreaterThan(5);
  expect(spool.end).toBe('c1000');
});

test('files go when their lines are released, but for the one that has the last', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path);
  await spool.append(linesOf(1, 100), never);
  await spool.append(linesOf(101, 200), never);
  const before = filesIn(folder.path);

  await spool.release(100);
  const atEnd = filesIn(folder.path);
  await spool.release(1);

  expect(before).toHaveLength(2);
  expect(atEnd).toEqual(before);
  expect(filesIn(folder.path)).toEqual(before.slice(1));
});

test.each([
  ['of which nothing was shipped', undefined, 1],
  ['that was shipped in part', 'c42', 43],
  ['that was shipped up to the end of a file', 'c100', 101],
])('a spool %s is gone on with', async (_, cursor, from) => {
  await using folder = temporaryFolder();
  {
    await using spool = await spoolAt(folder.path);
    await spool.append(linesOf(1, 100), never);
    await spool.append(linesOf(101, 200), never);
  }

  await using spool = await spoolAt(folder.path, cursor);
  const { end } = spool;
  await spool.append(linesOf(201, 210), never);
  await spool.finish(never);

  expect(end).toBe('c200');
  expect(await readTexts(spool)).toEqual(textsOf(linesOf(from, 210)));
});

test.each([
  ['a place that it has no more', 'c1000'],
  ['the beginning, where it begins elsewhere', undefined],
])('a spool is discarded when the server is at %s', async (_, cursor) => {
  await using folder = temporaryFolder();
  {
    await using spool = await spoolAt(folder.path, 'c500');
    await spool.append(linesOf(501, 600), never);
  }

  await using spool = await spoolAt(folder.path, cursor);
  await spool.finish(never);

  expect(spool.end).toBe(cursor);
  expect(await readTexts(spool)).toEqual([]);
});

test.each([
  ['cut short', (path: string) => truncateSync(path, statSync(path).size - 5)],
  ['followed by noughts', (path: string) => appendFileSync(path, Buffer.alloc(5_000))],
  ['followed by half a line', (path: string) => appendFileSync(path, '[1,"o","agent","hal')],
  ['followed by another text', (path: string) => appendFileSync(path, 'no line\n')],
])('of a spool that is %s all whole lines are kept', async (_, damage) => {
  await using folder = temporaryFolder();
  {
    await using spool = await spoolAt(folder.path);
    await spool.append(linesOf(1, 10), never);
  }
  damage(join(folder.path, 'spool', filesIn(folder.path).at(-1) ?? ''));

  await using spool = await spoolAt(folder.path, 'c5');
  const whole = spool.end === 'c9' ? 9 : 10;
  await spool.append(linesOf(whole + 1, 12), never);
  await spool.finish(never);

  expect(await readTexts(spool)).toEqual(textsOf(linesOf(6, 12)));
});

test('files after a torn one are of no use', async () => {
  await using folder = temporaryFolder();
  {
    await using spool = await spoolAt(folder.path);
    for (let n = 0; n < 5; n++) await spool.append(linesOf(n * 100 + 1, n * 100 + 100), never);
  }
  const [, second = ''] = filesIn(folder.path);
  const path = join(folder.path, 'spool', second);
  writeFileSync(path, `${readFileSync(path, 'utf8').split('\n').slice(0, 3).join('\n')}\n[`);

  await using spool = await spoolAt(folder.path, 'c1');

  expect(spool.end).toBe('c103');
});

test('a full spool loses lines, and one line tells how many where they would stand', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path, undefined, { bytes: 4_000, segmentBytes: 1_000 });
  for (let n = 1; n <= 300; n++) await spool.append(linesOf(n, n), never);
  const kept: string[] = [];
  while (kept.length < 100) {
    const lines = (await spool.read()) ?? [];
    kept.push(...textsOf(lines));
    await spool.release(lines.length);
  }

  await spool.append(linesOf(301, 302), never);
  await spool.finish(never);

  const rest = await readTexts(spool);
  const marker = rest.find((text) => text.includes('missing')) ?? '';
  const lost = Number(/^(\d+) line\(s\) of \d+ bytes are missing here/.exec(marker)?.[1]);
  const all = [...kept, ...rest];
  expect(lost).toBeGreaterThan(100);
  expect(all).toEqual([...textsOf(linesOf(1, 300 - lost)), marker, 'line 301', 'line 302']);
});

test('a gap at the end is told when the log ends', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path, undefined, { bytes: 100, segmentBytes: 1_000 });
  await spool.append(linesOf(1, 2), never);
  await spool.append(linesOf(3, 4), never);

  await spool.finish(never);

  expect(await spool.read()).toMatchObject([
    { text: 'line 1' },
    { text: 'line 2' },
    { stream: 'v', text: expect.stringMatching(/^2 line\(s\) of 12 bytes/), cursor: 'c4' },
  ]);
});

/** As on a disk that is full: no file grows any more. */
function fillDisk(): void {
  onTestFinished(() => limitFiles('unlimited'));
  limitFiles(0);
}

test('lines that a full disk refuses are kept in memory, a batch at a time, and come in order', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path, undefined, { ...roomy, segmentBytes: 100 });
  await spool.append(linesOf(1, 10), never);
  fillDisk();

  let isTaken = false;
  const appended = spool.append(linesOf(11, 20), never).then(() => (isTaken = true));
  const texts = [...textsOf((await spool.read()) ?? []), ...textsOf((await spool.read()) ?? [])];
  await spool.release(19);
  const wasTakenEarly = isTaken;
  await spool.release(1);
  await appended;
  limitFiles('unlimited');
  await spool.append(linesOf(21, 30), never);
  await spool.finish(never);

  expect(wasTakenEarly).toBe(false);
  expect([...texts, ...(await readTexts(spool))]).toEqual(textsOf(linesOf(1, 30)));
  expect(spool.end).toBe('c30');
});

test('lines in memory are gone with the process, and are read from their source again', async () => {
  await using folder = temporaryFolder();
  const bounds = { ...roomy, segmentBytes: 100 };
  {
    await using first = await spoolAt(folder.path, undefined, bounds);
    await first.append(linesOf(1, 10), never);
    fillDisk();
    const appended = first.append(linesOf(11, 20), never);
    await first.read();
    await first.read();
    await first.release(20);
    await appended;
    limitFiles('unlimited');
    await first.append(linesOf(21, 30), never);
  }

  await using durableBefore = await spoolAt(folder.path, 'c15', bounds);
  expect(durableBefore.end).toBe('c15');
});

test('whoever waits for the disk hears the signal', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path);
  fillDisk();
  const stop = new AbortController();

  const appended = spool.append(linesOf(1, 10), stop.signal);
  stop.abort(new Error('enough'));

  await expect(appended).rejects.toThrow('enough');
});

test('whoever reads hears of a failure', async () => {
  await using folder = temporaryFolder();
  await using spool = await spoolAt(folder.path);
  const read = spool.read();

  spool.fail(new Error('the source is gone'));

  await expect(read).rejects.toThrow('the source is gone');
});
