import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { runName } from '../executor.ts';
import { journalEntry, type Journal, type JournalEntry } from '../journal.ts';
import { createTurns } from '../turns.ts';
import { syncFolder, unfinishedSuffix, writeWhole } from '../whole-file.ts';

/** A journal of one JSON file per attempt in a folder, which it makes. */
export async function openFileJournal(folder: string, logger: Logger): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (ref: AttemptRef): string => join(folder, `${runName(ref)}.json`);
  const turns = createTurns();
  for (const name of await readdir(folder)) {
    if (name.endsWith(unfinishedSuffix)) await rm(join(folder, name));
  }

  async function read(name: string): Promise<JournalEntry | undefined> {
    const path = join(folder, name);
    try {
      return journalEntry.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      logger.error({ err: error, path }, 'journal entry cannot be read; left where it is');
      return undefined;
    }
  }

  return {
    async list() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
      const entries = await Promise.all(names.map(read));
      return entries.filter((entry) => entry !== undefined);
    },

    async put(entry) {
      const path = pathOf(entry);
      await turns.take(path, async () => writeWhole(path, JSON.stringify(entry)));
    },

    async remove(ref) {
      const path = pathOf(ref);
      await turns.take(path, async () => rm(path, { force: true }));
      await syncFolder(folder);
    },

    withdrawn: noneUntil,
  };
}

/** Whoever deletes a file of the worker's folder wants nothing of its runs. */
function noneUntil(signal: AbortSignal): AsyncIterable<never> {
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (!signal.aborted) await once(signal, 'abort');
        return { done: true, value: undefined };
      },
    }),
  };
}
