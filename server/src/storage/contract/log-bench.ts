import type { AppendChunk } from '@verve/contract';

import type { TestStorage } from '../../testing/storage.ts';
import type { AppendResult, ChunkAppend } from '../chunk-store.ts';
import type { TaskRecord } from '../records.ts';
import { openBench, type Bench } from './queue-bench.ts';
import { now } from './samples.ts';

/** The lease that a first chunk gives. */
export const appendLeaseMs = now + 180_000;

/** A bench with a task that the worker holds, and its log. */
export interface LogBench extends Bench {
  readonly task: TaskRecord;
  /** Appends a chunk of the task's first attempt. */
  readonly append: (
    seq: number,
    over?: Partial<AppendChunk>,
    of?: Partial<ChunkAppend>,
  ) => Promise<AppendResult>;
}

/** A chunk of one line that tells its place. */
export function sampleChunk(seq: number, over: Partial<AppendChunk> = {}): AppendChunk {
  const attempt = over.attempt ?? 1;
  return {
    attempt,
    seq,
    phase: 'agent',
    at: [now + seq],
    streams: 'o',
    lines: [`${attempt}.${seq}`],
    ...over,
  };
}

/** Makes a project with a held task for one test. */
export async function openLogBench(opened: TestStorage): Promise<LogBench> {
  const bench = await openBench(opened);
  const task = await bench.addHeld();
  return {
    ...bench,
    task,
    append: (seq, over, of) => {
      const chunk = sampleChunk(seq, over);
      return bench.storage.chunks.append({
        taskId: task.id,
        chunk,
        nowMs: now,
        leaseUntilMs: appendLeaseMs,
        ...of,
      });
    },
  };
}
