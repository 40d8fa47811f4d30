import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../../testing/run.ts';
import { dropOldEvents, keepEvents, type KeptEvents } from './kept-events.ts';
import { runFolder, type RunFolder } from './run-folder.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const nowMs = 100 * dayMs;

function keptIn(folder: string, more: Partial<KeptEvents> = {}): KeptEvents {
  return { folder: join(folder, 'events'), days: 14, mebibytes: 1, now: () => nowMs, ...more };
}

/** The folder of a run that has said so much, so many days ago. */
function runThatSaid(folder: string, said: string, daysAgo = 0): RunFolder {
  const run = runFolder(join(folder, 'runs'), { taskId: newId('task'), attempt: 1 });
  mkdirSync(run.out('agent'), { recursive: true });
  const file = join(run.out('agent'), 'events.jsonl');
  writeFileSync(file, said);
  const seconds = (nowMs - daysAgo * dayMs) / 1_000;
  utimesSync(file, seconds, seconds);
  return run;
}

test('what an agent said outlives its run, for the operator alone', async () => {
  await using folder = temporaryFolder();
  const kept = keptIn(folder.path);
  const run = runThatSaid(folder.path, '{"at":1}\n');

  await keepEvents(run, kept);
  await keepEvents(run, kept);

  const [name = '', ...others] = readdirSync(kept.folder);
  expect(others).toEqual([]);
  expect(run.path.endsWith(name.replace(/\.jsonl$/, ''))).toBe(true);
  expect(readFileSync(join(kept.folder, name), 'utf8')).toBe('{"at":1}\n');
  expect(statSync(kept.folder).mode & 0o077).toBe(0);
});

test('the oldest go when they are old, or when there is too much', async () => {
  await using folder = temporaryFolder();
  const kept = keptIn(folder.path);
  const half = 'x'.repeat(600 * 1024);

  for (const daysAgo of [20, 3, 2, 1])
    await keepEvents(runThatSaid(folder.path, `${daysAgo}`, daysAgo), kept);
  const small = readdirSync(kept.folder).length;
  await keepEvents(runThatSaid(folder.path, half, 5), kept);
  await keepEvents(runThatSaid(folder.path, half), kept);

  expect(small).toBe(3);
  expect(readdirSync(kept.folder)).toHaveLength(4);
});

test('none are kept where none are wanted, and nothing but a plain file is', async () => {
  await using folder = temporaryFolder();
  const linked = runThatSaid(folder.path, 'x');
  symlinkSync('/etc/passwd', join(linked.out('agent'), 'link'));
  const planted = runFolder(join(folder.path, 'runs'), { taskId: newId('task'), attempt: 1 });
  mkdirSync(planted.out('agent'), { recursive: true });
  symlinkSync('/etc/passwd', join(planted.out('agent'), 'events.jsonl'));

  await keepEvents(linked, keptIn(folder.path, { days: 0 }));
  await keepEvents(planted, keptIn(folder.path));

  expect(readdirSync(folder.path)).toEqual(['runs']);
});

test('what was kept goes when nothing is to be kept any more', async () => {
  await using folder = temporaryFolder();
  const kept = keptIn(folder.path);
  await keepEvents(runThatSaid(folder.path, 'x'), kept);

  await dropOldEvents({ ...kept, days: 0 });

  expect(readdirSync(kept.folder)).toEqual([]);
});
