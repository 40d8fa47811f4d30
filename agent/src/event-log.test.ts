import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { openEventLog } from './event-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-event-log-'));
const event = { kind: 'text', text: 'words' } as const;

afterAll(() => rmSync(folder, { recursive: true }));

const bounds = { eventBytes: 1_000, roomMs: 0 };

test('a log that cannot be opened, or written, is named', async () => {
  mkdirSync(join(folder, 'taken', 'events.jsonl'), { recursive: true });
  const log = await openEventLog(folder, bounds);
  await log[Symbol.asyncDispose]();

  const named = { reason: 'AgentFailed', message: expect.stringContaining('events.jsonl') as string };
  await expect(openEventLog(join(folder, 'taken'), bounds)).rejects.toMatchObject(named);
  await expect(log.add([event])).rejects.toMatchObject(named);
});

/** Writes to such a device fail as on a full disk; making one takes rights that a test may lack. */
function makeFullDevice(path: string): boolean {
  try {
    execFileSync('mknod', ['-m', '600', path, 'c', '1', '7'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a full disk is named', async ({ skip }) => {
  const full = join(folder, 'full');
  mkdirSync(full);
  skip(!makeFullDevice(join(full, 'events.jsonl')), 'needs the right to make a device');

  await using log = await openEventLog(full, bounds);

  await expect(log.add([event])).rejects.toMatchObject({ reason: 'OutOfDisk' });
});
