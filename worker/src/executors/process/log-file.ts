import { open, type FileHandle } from 'node:fs/promises';

import { phase, type Phase, type StreamLetter } from '@verve/contract';
import { z } from 'zod';

import type { RunLine } from '../../executor.ts';

const readBytes = 256 * 1024;
const lineFeed = 0x0a;

const record = z.tuple([z.int().min(0), z.enum(['o', 'e', 'v']), phase, z.string()]);

/** One line as it stands in the file; what a crash cut off is completed to a line of its own, which no reader takes. */
export function formatRecord(atMs: number, stream: StreamLetter, phase: Phase, text: string): string {
  return `${JSON.stringify([atMs, stream, phase, text])}\n`;
}

/** Reads a log file from a place on, a batch at a time. */
export interface LogReader extends AsyncDisposable {
  /** The next whole lines; empty when there are none yet. */
  next(): Promise<readonly RunLine[]>;
}

/** Reads from after `cursor`, which is the number of bytes before the next line. The file need not exist yet. */
export function openLogReader(path: string, cursor: string | undefined): LogReader {
  let file: FileHandle | undefined;
  let offset = cursor === undefined ? 0 : z.coerce.number<string>().int().min(0).parse(cursor);
  let rest = Buffer.alloc(0);

  function take(bytes: Buffer): RunLine[] {
    const lines: RunLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      const line = parseRecord(bytes.toString('utf8', start, end), offset + end + 1);
      if (line) lines.push(line);
      start = end + 1;
    }
    offset += start;
    rest = Buffer.from(bytes.subarray(start));
    return lines;
  }

  async function next(): Promise<readonly RunLine[]> {
    file ??= await openIfThere(path);
    if (!file) return [];
    for (;;) {
      const piece = Buffer.alloc(readBytes);
      const { bytesRead } = await file.read(piece, 0, piece.length, offset + rest.length);
      if (bytesRead === 0) return [];
      const lines = take(Buffer.concat([rest, piece.subarray(0, bytesRead)]));
      if (lines.length > 0) return lines;
    }
  }

  return { next, [Symbol.asyncDispose]: async () => file?.close() };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function parseRecord(text: string, after: number): RunLine | undefined {
  try {
    const [atMs, stream, phase, line] = record.parse(JSON.parse(text));
    return { atMs, stream, phase, text: line, cursor: String(after) };
  } catch {
    return undefined;
  }
}
