import { rm } from 'node:fs/promises';

import type { Logger } from 'pino';

import type { RunLine } from '../executor.ts';
import type { Meters } from '../meters.ts';
import { createGap } from './gap.ts';
import { formatRecord, type Segment } from './segment.ts';
import { createSpoolMemory } from './spool-memory.ts';
import { createSpoolReader } from './spool-reader.ts';
import { firstNumber, recoverSpool } from './spool-recovery.ts';
import { createSpoolWriter } from './spool-writer.ts';

/** How much of a run's log may wait on the disk. */
export interface SpoolBounds {
  readonly bytes: number;
  /** A file of this size is given up for the next; it goes when all of its lines are with the server. */
  readonly segmentBytes: number;
}

/** What every run may have; at the pace of a run's output that is more than four minutes at full speed. */
export const spoolBounds: SpoolBounds = { bytes: 256 * 1024 * 1024, segmentBytes: 4 * 1024 * 1024 };

/** What must be free before a full spool takes lines again, so that there is one gap and not one a line. */
const freeAgain = 0.25;

/**
 * Lines of one run between their source and the server, in order, on the disk. One writer calls `append` and `finish`,
 * one reader `read` and `release`; the two may overlap. It outlives the process, but not the machine: nothing is
 * synced, since the source can be read again.
 */
export interface Spool extends AsyncDisposable {
  /** The cursor of the last line in it, from where the source is to be read on; undefined: from the beginning. */
  readonly end: string | undefined;
  /**
   * Takes lines in. Those for which there is no room within the bounds are lost, and a line says so as soon as there is
   * room and another line. Lines that cannot be written (a full disk) are kept in memory, and it resolves when they are
   * released: until then their source is to keep them. Throws the signal's reason.
   */
  append(lines: readonly RunLine[], signal: AbortSignal): Promise<void>;
  /** There are no more lines. Waits and throws as `append` does. */
  finish(signal: AbortSignal): Promise<void>;
  /** There is no use in going on: whoever reads gets the error. */
  fail(error: unknown): void;
  /** The next lines, some 256 KiB of them at most; waits while there are none. undefined when there are no more. */
  read(): Promise<readonly RunLine[] | undefined>;
  /** The oldest so many lines that were read and not released are durable elsewhere. */
  release(lines: number): Promise<void>;
}

/** What opening a spool takes. */
export interface SpoolOptions {
  readonly folder: string;
  readonly bounds: SpoolBounds;
  /** The lines up to this one are durable elsewhere; undefined: none is. */
  readonly cursor: string | undefined;
  readonly meters: Pick<Meters, 'logGap' | 'spoolBytes'>;
  readonly logger: Logger;
}

/** Opens what an earlier process left, if that has the line of the cursor; else an empty spool, which begins after it. */
export async function openSpool({ folder, bounds, cursor, meters, logger }: SpoolOptions): Promise<Spool> {
  const recovered = await recoverSpool(folder, cursor);
  const segments = [...(recovered?.segments ?? [])];
  const gap = createGap();
  const writer = createSpoolWriter({
    folder,
    segments,
    segmentBytes: bounds.segmentBytes,
    firstNumber: cursor === undefined ? firstNumber : firstNumber + 1,
  });
  const reader = createSpoolReader(segments);
  const memory = createSpoolMemory(logger);
  let end = recovered?.end ?? cursor;
  let state: { readonly kind: 'open' | 'finished' } | { readonly kind: 'failed'; readonly error: unknown } = {
    kind: 'open',
  };
  let news = Promise.withResolvers<void>();

  function tell(): void {
    news.resolve();
    news = Promise.withResolvers();
  }

  function usedBytes(): number {
    return segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  async function append(lines: readonly RunLine[], signal: AbortSignal): Promise<void> {
    const marker = gap.marker();
    const records = lines.map(formatRecord).join('');
    const room = bounds.bytes * (marker ? 1 - freeAgain : 1) - usedBytes();
    if (Buffer.byteLength(records) > room) {
      if (!marker) meters.logGap();
      return gap.drop(lines);
    }
    await write(marker ? [marker, ...lines] : lines, (marker ? formatRecord(marker) : '') + records, signal);
  }

  async function write(lines: readonly RunLine[], records: string, signal: AbortSignal): Promise<void> {
    const last = lines.at(-1);
    if (!last) return;
    const problem = await problemOf(writer.write(records, lines.length));
    const passed = problem === undefined ? memory.spare() : memory.put(lines, problem, signal);
    gap.close();
    meters.spoolBytes(usedBytes());
    end = last.cursor;
    tell();
    await passed;
  }

  async function read(): Promise<readonly RunLine[] | undefined> {
    for (;;) {
      const { promise } = news;
      const before = state;
      if (before.kind === 'failed') throw before.error;
      const lines = await reader.next();
      if (lines.length > 0) return lines;
      const kept = memory.take();
      if (kept) return kept;
      if (before.kind === 'finished') return undefined;
      await promise;
    }
  }

  /** A file goes only when a line after it is released: the last released line must be found by who comes later. */
  async function release(lines: number): Promise<void> {
    memory.release(countReleased(segments, lines));
    while ((segments[1]?.released ?? 0) > 0) {
      const [first] = segments.splice(0, 1);
      if (first) await rm(first.path);
      meters.spoolBytes(usedBytes());
    }
  }

  return {
    get end() {
      return end;
    },
    append,
    read,
    release,
    async finish(signal) {
      const marker = gap.marker();
      if (marker) await write([marker], formatRecord(marker), signal);
      state = { kind: 'finished' };
      tell();
    },
    fail(error) {
      state = { kind: 'failed', error };
      tell();
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}

/** Why it failed; undefined when it did not. */
async function problemOf(doing: Promise<void>): Promise<unknown> {
  return doing.then(
    () => undefined,
    (error: unknown) => error ?? new Error('no reason was given'),
  );
}

/** Counts lines as released, the oldest first; gives how many stand in none of the files. */
function countReleased(segments: readonly Segment[], lines: number): number {
  let left = lines;
  for (const segment of segments) {
    const taken = Math.min(left, segment.lines - segment.released);
    segment.released += taken;
    left -= taken;
  }
  return left;
}
