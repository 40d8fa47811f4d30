import { newId } from '@verve/contract';
import { beforeAll, expect, test } from 'vitest';

import type { Journal, JournalEntry } from '../journal.ts';
import { shellSpec } from './run.ts';

/** Where a journal is kept. */
export interface JournalStage {
  /** The journal as a new process has it. */
  open(): Promise<Journal>;
  /** Spoils an entry, as a crash or a person would. */
  spoil(entry: JournalEntry): Promise<void>;
}

/** A new attempt's entry. */
export function journalEntryOf(given: Partial<JournalEntry> = {}): JournalEntry {
  const spec = shellSpec('https://git.example/x.git', 'true');
  return { taskId: spec.taskId, attempt: 1, spec, claimedAtMs: 1, timeoutSeconds: 10, ...given };
}

/** What every journal is held to. */
export function describeJournal(openStage: () => Promise<JournalStage>): void {
  let stage: JournalStage;
  beforeAll(async () => {
    stage = await openStage();
  });

  /** What a new process finds of some entries. */
  async function found(entries: readonly JournalEntry[]): Promise<readonly JournalEntry[]> {
    const all = await (await stage.open()).list();
    return entries.flatMap(({ taskId }) => all.filter((entry) => entry.taskId === taskId));
  }

  test('the journal gives back what was put, until it is removed', async () => {
    const entry = journalEntryOf();
    const stop = { reason: 'Canceled', message: 'by Ada' } as const;
    const first = await stage.open();
    await first.put(entry);
    await first.put({ ...entry, stop });

    expect(withoutDescriptions(await found([entry]))).toEqual(withoutDescriptions([{ ...entry, stop }]));

    const second = await stage.open();
    await second.list();
    await second.remove(entry);
    await second.remove(entry);
    await second.remove({ taskId: newId('task'), attempt: 1 });
    expect(await found([entry])).toEqual([]);
  });

  test('an outcome is given back', async () => {
    const entry = journalEntryOf();
    const outcome = { attempt: 1, status: 'failed', reason: 'AgentFailed', lastSeq: 7 } as const;

    await (await stage.open()).put({ ...entry, outcome });

    expect(await found([entry])).toMatchObject([{ taskId: entry.taskId, outcome }]);
  });

  test('an entry that cannot be read hides no other', async () => {
    const [spoilt, entry] = [journalEntryOf(), journalEntryOf()];
    const journal = await stage.open();
    await journal.put(spoilt);
    await journal.put(entry);

    await stage.spoil(spoilt);

    expect(await found([spoilt, entry])).toMatchObject([{ taskId: entry.taskId }]);
  });

  test('of entries that are put at once, the last one stays', async () => {
    const entry = journalEntryOf();
    const journal = await stage.open();

    await Promise.all([1, 2, 3, 4].map(async (claimedAtMs) => journal.put({ ...entry, claimedAtMs })));

    expect(await found([entry])).toMatchObject([{ claimedAtMs: 4 }]);
  });

  test('an entry that is removed when it was put just now is gone', async () => {
    const entry = journalEntryOf();
    const journal = await stage.open();

    await Promise.all([journal.put(entry), journal.remove(entry)]);

    expect(await found([entry])).toEqual([]);
  });

  test('to hear of what is withdrawn ends with the signal', async () => {
    const journal = await stage.open();
    const stop = new AbortController();
    const heard = journal.withdrawn(stop.signal)[Symbol.asyncIterator]().next();

    stop.abort();

    expect(await heard).toMatchObject({ done: true });
    for await (const _ of journal.withdrawn(stop.signal)) expect.unreachable();
  });
}

/** What a run is told may stand with the run alone. */
function withoutDescriptions(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.map((entry) => ({ ...entry, spec: { ...entry.spec, description: '' } }));
}
