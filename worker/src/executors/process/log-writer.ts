import { constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

import type { Phase, StreamLetter } from '@verve/contract';

const logLimitBytes = 256 * 1024 * 1024;
/** Room for the last records; what stands after it, the run has written itself. */
export const maxLogBytes: number = logLimitBytes + 1024 * 1024;

const flags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Writes a phase's lines to the run's log, in the order they come. Never throws: what runs does not end for its log. */
export interface LogWriter {
  /**
   * False when the disk has no room: nothing of the line is written, and it may be offered again. A log that has reached
   * its limit says so once and takes every line after that to nowhere.
   */
  write(stream: StreamLetter, text: string): boolean;
  /** Writes what was begun to its end; false when the disk has no room for it. */
  flush(): boolean;
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

  function flush(): boolean {
    try {
      while (begun.length > 0) {
        const written = writeSync(file, begun);
        size += written;
        begun = begun.subarray(written);
      }
      return true;
    } catch {
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

  return {
    write(stream, text) {
      if (isFull) return true;
      if (size < logLimitBytes) return put(stream, text);
      isFull = put('v', `the log has reached ${logLimitBytes} bytes; the lines after this one are lost`);
      return isFull;
    },
    flush,
  };
}

function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() === '\n';
}
