import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { phase } from '@verve/contract';
import { z } from 'zod';

import type { RunLine } from '../executor.ts';

// One file of a spool: a line of JSON for each log line.

const readBytes = 256 * 1024;
const lineFeed = 0x0a;
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
  let offset = from;
  let rest = Buffer.alloc(0);

  function take(bytes: Buffer): RunLine[] {
    const lines: RunLine[] = [];
    let start = 0;
    try {
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
        lines.push(parseRecord(bytes.toString('utf8', start, end)));
        start = end + 1;
      }
    } catch (error) {
      // What is whole is given first.
      if (lines.length === 0) throw error;
    }
    offset += start;
    rest = Buffer.from(bytes.subarray(start));
    return lines;
  }

  async function next(bytes: number): Promise<readonly RunLine[]> {
    for (;;) {
      const at = offset + rest.length;
      const piece = Buffer.alloc(Math.max(0, Math.min(readBytes, bytes - at)));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      const lines = take(Buffer.concat([rest, piece.subarray(0, bytesRead)]));
      if (lines.length > 0 || bytesRead === 0) return lines;
    }
  }

  return {
    get offset() {
      return offset;
    },
    next,
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
