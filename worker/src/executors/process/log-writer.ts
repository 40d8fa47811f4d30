import { constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

import type { Phase, StreamLetter } from '@verve/contract';

const logLimitBytes = 256 * 1024 * 1024;
/** Room for the last records; what stands after it, the run has written itself. */
export const maxLogBytes: number = logLimitBytes + 1024 * 1024;

const flags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Writes a phase's lines to the run's log, in the order they come. Never throws: what runs does not end for its log. */
export interface LogWriter {
  /** A line that finds no room is lost, and a line says so when there is room again. A full log says so once. */
  write(stream: StreamLetter, text: string): void;
  /** No more lines; says what is still to be said, if there is room now. */
  end(): void;
}

/** Opens the log, which is made when it is not there. Throws when something else is in its place. */
export function openLogWriter(path: string, phase: Phase): LogWriter {
  const file = openSync(path, flags, 0o600);
  const found = fstatSync(file);
  if (!found.isFile()) throw new Error(`${path} is no plain file`);
  let { size } = found;
  /** What was begun. It is written before anything else, so that no record is ever cut by the next one. */
  let begun = Buffer.from(size === 0 || endsLine(file, size) ? '' : '\n');
  let isFull = false;
  let lost = 0;
  let why = '';

  function flush(): boolean {
    try {
      while (begun.length > 0) {
        const written = writeSync(file, begun);
        size += written;
        begun = begun.subarray(written);
      }
      return true;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  /** False when nothing of it was written; what was begun will be. */
  function put(stream: StreamLetter, text: string): boolean {
    if (!flush()) return false;
    const record = Buffer.from(`${JSON.stringify([Date.now(), stream, phase, text])}\n`);
    begun = record;
    if (flush() || begun.length < record.length) return true;
    begun = Buffer.alloc(0);
    return false;
  }

  function tellLost(): boolean {
    if (lost === 0) return true;
    if (!put('v', `${lost} line(s) are lost here: ${why}`)) return false;
    lost = 0;
    return true;
  }

  return {
    write(stream, text) {
      if (isFull) return;
      isFull = size >= logLimitBytes;
      const words = `the log has reached ${logLimitBytes} bytes; the lines after this one are lost`;
      const isWritten = tellLost() && (isFull ? put('v', words) : put(stream, text));
      if (!isWritten) lost += 1;
    },
    end() {
      if (flush()) tellLost();
    },
  };
}

function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() === '\n';
}
