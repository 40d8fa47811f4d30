import { fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';

import { createLineSplitter } from '@verve/contract/lines';
import { z } from 'zod';

import { driverEvent, type DriverEvent } from './driver-event.ts';

const pieceBytes = 64 * 1024;
const maxWarnings = 10;
const shownLength = 200;

/** The file to which a program appends its events, as the runner reads it. */
export interface EventsFile extends AsyncDisposable {
  /** The program has written to it. */
  isUsed(): boolean;
  /** The events since the last call. Call it again only when it has resolved. */
  read(): Promise<readonly DriverEvent[]>;
  /** The rest, a last line without a line break too. */
  end(): Promise<readonly DriverEvent[]>;
}

/**
 * Makes the file and reads what is appended, through one descriptor and so many bytes of it. A line that is no event is
 * a warning and never a failure.
 */
export async function openEventsFile(
  path: string,
  maxBytes: number,
  warn: (text: string) => void,
): Promise<EventsFile> {
  const file = await open(path, 'wx+', 0o600);
  const splitter = createLineSplitter();
  const piece = Buffer.alloc(pieceBytes);
  let offset = 0;
  let lineNumber = 0;
  let warnings = 0;

  function complain(text: string): void {
    warnings += 1;
    if (warnings <= maxWarnings) warn(`${text}\n`);
    if (warnings === maxWarnings) warn('further trouble with the events file is not told\n');
  }

  function parse(line: string): DriverEvent[] {
    lineNumber += 1;
    if (line.trim() === '') return [];
    try {
      return [driverEvent.parse(JSON.parse(line))];
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
      const why = error instanceof SyntaxError ? 'no JSON' : z.prettifyError(error).replaceAll('\n', ' ');
      complain(`line ${lineNumber} of the events file is no event: ${why.slice(0, shownLength)}`);
      return [];
    }
  }

  async function read(): Promise<DriverEvent[]> {
    const events: DriverEvent[] = [];
    while (offset < maxBytes) {
      const { bytesRead } = await file.read(piece, 0, piece.length, offset);
      if (bytesRead === 0) return events;
      offset += bytesRead;
      for (const line of splitter.push(piece.subarray(0, bytesRead))) events.push(...parse(line));
      if (offset >= maxBytes)
        complain(`the events file is read up to ${maxBytes} bytes; the rest is left out`);
    }
    return events;
  }

  return {
    isUsed: () => fstatSync(file.fd).size > 0,
    read,
    end: async () => [...(await read()), ...splitter.end().flatMap(parse)],
    [Symbol.asyncDispose]: async () => file.close(),
  };
}
