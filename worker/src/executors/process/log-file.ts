import type { FileHandle } from 'node:fs/promises';

import { phase } from '@verve/contract';
import { z } from 'zod';

import type { RunLine } from '../../executor.ts';
import { createJsonLines } from '../../json-lines.ts';
import { maxLogBytes } from './log-writer.ts';
import { openPlain } from './plain-file.ts';

const record = z.tuple([z.int().min(0), z.enum(['o', 'e', 'v']), phase, z.string()]);

/** Reads a log file from a place on, a batch at a time. */
export interface LogReader extends AsyncDisposable {
  /** The next whole lines; empty when there are none yet. */
  next(): Promise<readonly RunLine[]>;
}

/** Reads from after `cursor`, which is the number of bytes before the next line. The file need not exist yet. */
export function openLogReader(path: string, cursor: string | undefined): LogReader {
  let file: FileHandle | undefined;
  const from = cursor === undefined ? 0 : z.coerce.number<string>().int().min(0).parse(cursor);
  const lines = createJsonLines({ from, parse: parseRecord });
  return {
    async next() {
      file ??= await openPlain(path);
      return file ? lines.next(file, maxLogBytes) : [];
    },
    [Symbol.asyncDispose]: async () => file?.close(),
  };
}

/** What is no record, a crash or the run has left. */
function parseRecord(text: string, endsAt: number): RunLine | undefined {
  try {
    const [atMs, stream, phase, line] = record.parse(JSON.parse(text));
    return { atMs, stream, phase, text: line, cursor: String(endsAt) };
  } catch {
    return undefined;
  }
}
