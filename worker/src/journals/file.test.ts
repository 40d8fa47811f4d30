import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { runName } from '../executor.ts';
import { describeJournal, journalEntryOf } from '../testing/journal-contract.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { openFileJournal } from './file.ts';

describe('of files', () => {
  const folder = temporaryFolder();
  afterAll(async () => folder[Symbol.asyncDispose]());

  describeJournal(async () => ({
    open: async () => openFileJournal(folder.path, silent),
    spoil: async (entry) => writeFileSync(join(folder.path, `${runName(entry)}.json`), '{"taskId":'),
  }));
});

test('a file gives back the whole entry', async () => {
  await using folder = temporaryFolder();
  const entry = journalEntryOf();
  await (await openFileJournal(folder.path, silent)).put(entry);

  expect(await (await openFileJournal(folder.path, silent)).list()).toEqual([entry]);
});

test('what a crash left half written is gone with the next start', async () => {
  await using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'tsk_1-1.json.0.tmp'), '{"taskId":');

  const journal = await openFileJournal(folder.path, silent);

  expect(await journal.list()).toEqual([]);
  expect(readdirSync(folder.path)).toEqual([]);
});
