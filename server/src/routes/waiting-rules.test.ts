import { describe, expect, it } from 'vitest';

import { createLocalHints } from '../storage/local-hints.ts';
import type { WorkerRecord } from '../storage/records.ts';
import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { taskRecord, workerRecord } from '../testing/records.ts';
import { createWaitingRules, type WaitingRules } from './waiting-rules.ts';

const task = taskRecord({ status: 'pending' });

interface Bench {
  readonly rules: WaitingRules;
  readonly hints: Storage['hints'];
  /** The workers that are read, and how often they were. */
  workers: WorkerRecord[] | undefined;
  reads: number;
  now: number;
}

function openBench(): Bench {
  const hints = createLocalHints();
  const list: Storage['workers']['list'] = async () => {
    bench.reads += 1;
    if (bench.workers === undefined) throw new StorageUnavailable('away');
    return bench.workers;
  };
  const storage = { hints, workers: { list } as Storage['workers'] };
  const rules = createWaitingRules(storage, { now: () => bench.now });
  const bench: Bench = { rules, hints, workers: [workerRecord()], reads: 0, now: 10_000 };
  return bench;
}

async function told({ rules, now }: Bench): Promise<string | undefined> {
  return (await rules.of('prj_1'))(task, now);
}

describe('why tasks wait', () => {
  it('is read once for all who ask within a second', async () => {
    const bench = openBench();

    await Promise.all(Array.from({ length: 50 }, () => told(bench)));
    bench.now += 999;
    await told(bench);

    expect(bench.reads).toBe(1);
  });

  it('is right after a second without a hint', async () => {
    const bench = openBench();
    await told(bench);

    bench.workers = [workerRecord({ running: 4 })];
    bench.now += 1_000;

    expect(await told(bench)).toMatch(/busy/);
  });

  it('is right at once after a hint, also when it came during the read', async () => {
    const bench = openBench();
    const before = told(bench);

    bench.workers = [workerRecord({ paused: true })];
    bench.hints.notify('workers');
    await before;

    expect(await told(bench)).toMatch(/Paused/);
  });

  it('is read again after a read that failed, and after the clock was set back', async () => {
    const bench = openBench();
    bench.workers = undefined;
    await expect(told(bench)).rejects.toThrow(StorageUnavailable);
    bench.workers = [];

    expect(await told(bench)).toMatch(/No worker is registered/);
    bench.workers = [workerRecord()];
    bench.now -= 5_000;

    expect(await told(bench)).toBeUndefined();
  });
});
