import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { shellSpec, silent, temporaryFolder } from '../testing/run.ts';
import { openFileJournal } from './file.ts';

test('the journal gives back what was put, until it is removed', async () => {
  await using folder = temporaryFolder();
  const spec = shellSpec('file:///x.git', 'true');
  const entry = { taskId: spec.taskId, attempt: 1, spec, claimedAtMs: 1, timeoutSeconds: 10 };
  const first = await openFileJournal(folder.path, silent);
  await first.put(entry);
  await first.put({ ...entry, stop: { reason: 'Canceled', message: 'by Ada' } as const });

  const second = await openFileJournal(folder.path, silent);

  expect(await second.list()).toEqual([
    { ...entry, stop: { reason: 'Canceled', message: 'by Ada' } as const },
  ]);
  await second.remove(entry);
  await second.remove({ taskId: newId('task'), attempt: 1 });
  expect(await second.list()).toEqual([]);
});

test('an entry that cannot be read hides no other', async () => {
  await using folder = temporaryFolder();
  const spec = shellSpec('file:///x.git', 'true');
  const entry = { taskId: spec.taskId, attempt: 1, spec, claimedAtMs: 1, timeoutSeconds: 10 };
  const journal = await openFileJournal(folder.path, silent);
  await journal.put(entry);
  writeFileSync(join(folder.path, 'torn.json'), '{"taskId":');

  expect(await journal.list()).toEqual([entry]);
});

test('of two entries that are put at once, the later one stays', async () => {
  await using folder = temporaryFolder();
  const spec = shellSpec('file:///x.git', 'true');
  const entry = { taskId: spec.taskId, attempt: 1, spec, claimedAtMs: 1, timeoutSeconds: 10 };
  const journal = await openFileJournal(folder.path, silent);

  await Promise.all([1, 2, 3, 4].map(async (claimedAtMs) => journal.put({ ...entry, claimedAtMs })));

  expect(await journal.list()).toEqual([{ ...entry, claimedAtMs: 4 }]);
});

test('what a crash left half written is gone with the next start', async () => {
  await using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'tsk_1-1.json.0.tmp'), '{"taskId":');

  const journal = await openFileJournal(folder.path, silent);

  expect(await journal.list()).toEqual([]);
  expect(readdirSync(folder.path)).toEqual([]);
});
