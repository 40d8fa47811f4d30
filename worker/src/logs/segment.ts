import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { phase } from '@verve/contract';
import { z } from 'zod';

import type { RunLine } from '../executor.ts';
import { createJsonLines } from '../json-lines.ts';

// One file of a spool: a line of JSON for each log line.

const suffix = '.jsonl';

const record = z.tuple([z.int().min(0), z.enum(['o', 'e', 'v']), phase, z.string(), z.string()]);

/** A file of a spool, as far as this process knows of it. */
export interface Segment {
  readonly path: string;
  readonly number: number;
  /** Those that are whole; after a failed write the file may have more. */
  bytes: number;
  lines: number;
  /** Lines that are durable elsewhere. */
  released: number;
}

/** A file that nothing was written to yet. */
export function emptySegment(folder: string, number: number): Segment {
  const path = join(folder, `${String(number).padStart(9, '0')}${suffix}`);
  return { path, number, bytes: 0, lines: 0, released: 0 };
}

/** The number of a file by its name; undefined for another's file. */
export function segmentNumber(name: string): number | undefined {
  return /^\d{9}\.jsonl$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

/** One log line as it stands in the file. */
export function formatRecord({ atMs, stream, phase, text, cursor }: RunLine): string {
  return `${JSON.stringify([atMs, stream, phase, text, cursor])}\n`;
}

/** From here on a file is not as it was written: the machine went down, or somebody else wrote to it. */
export class SegmentTorn extends Error {
  override readonly name = 'SegmentTorn';
}

/** Reads a file a batch at a time. */
export interface SegmentReader extends AsyncDisposable {
  /** Bytes that end with the last line given. */
  readonly offset: number;
  /** The next whole lines within the file's first so many bytes; empty when there are none. Throws SegmentTorn. */
  next(bytes: number): Promise<readonly RunLine[]>;
}

/** Opens a file to read from after so many bytes, which end a line. */
export async function openSegment(path: string, from: number): Promise<SegmentReader> {
  const file = await open(path, 'r');
  const lines = createJsonLines({ from, parse: parseRecord });
  return {
    get offset() {
      return lines.offset;
    },
    next: async (bytes) => lines.next(file, bytes),
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

function parseRecord(text: string): RunLine {
  try {
    const [atMs, stream, phase, line, cursor] = record.parse(JSON.parse(text));
    return { atMs, stream, phase, text: line, cursor };
  } catch (error) {
    throw new SegmentTorn('a spool has a line that was never written whole', { cause: error });
  }
}
