import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, onTestFinished, test } from 'vitest';

import { failedForRoom, isNoRoom, withRoom } from './disk-room.ts';
import { openEventLog } from './event-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-disk-room-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** No file of this process grows beyond so many bytes. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

function noRoom(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

test.each([
  ["fatal: cannot create directory at 'a': No space left on device", true],
  ['error: unable to write file: Disk quota exceeded', true],
  ['remote: fatal: write error: No space left on device', false],
  ['fatal: remote branch main not found', false],
])('%s', async (words, isOurs) => {
  expect(await failedForRoom(words, folder)).toBe(isOurs);
});

test('what finds no room is done when there is some', async () => {
  let tries = 0;

  const done = await withRoom(60_000, async () => {
    tries += 1;
    if (tries < 3) throw noRoom();
    return 'done';
  });

  expect([done, tries]).toEqual(['done', 3]);
});

test('patience has an end, and anything but lack of room has none', async () => {
  const never = async (): Promise<void> => Promise.reject(noRoom());
  const broken = async (): Promise<void> => Promise.reject(new Error('broken'));

  await expect(withRoom(0, never)).rejects.toSatisfy(isNoRoom);
  await expect(withRoom(60_000, broken)).rejects.toThrow('broken');
});

test('an event that was written in part before the disk was full is written to its end', async () => {
  onTestFinished(() => limitFiles('unlimited'));
  await using log = await openEventLog(folder, { eventBytes: 100_000, roomMs: 60_000 });
  const path = join(folder, 'events.jsonl');
  await log.add([{ kind: 'text', text: 'first' }]);

  limitFiles(readFileSync(path).length + 10);
  const added = log.add([{ kind: 'text', text: 'second' }]);
  await expect.poll(() => readFileSync(path, 'utf8').split('\n').at(-1)).toHaveLength(10);
  limitFiles('unlimited');
  await added;

  const events = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event.text);
  expect(events).toEqual(['first', 'second']);
});
