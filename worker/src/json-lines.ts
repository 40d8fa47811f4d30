import type { FileHandle } from 'node:fs/promises';

const pieceBytes = 256 * 1024;
/** More than any line of a log takes, with its escapes; what is longer was not written by the worker. */
const maxLineBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** Where reading begins, and what is made of a line. */
export interface JsonLinesOptions<T> {
  /** Bytes of the file before the first line; they end a line. */
  readonly from: number;
  /**
   * Makes a record of a line that ends after so many bytes of the file; undefined passes it over. What it throws comes
   * out of `next`, again and again, once the lines before were given. Of a line that is too long it gets the beginning.
   */
  readonly parse: (line: string, endsAt: number) => T | undefined;
}

/** Reads a file of one JSON value a line, which another process may be writing on. */
export interface JsonLines<T> {
  /** Bytes that end with the last line given. */
  readonly offset: number;
  /** The next whole lines within the file's first so many bytes; empty when there are none. */
  next(file: FileHandle, bytes: number): Promise<readonly T[]>;
}

/** Holds a piece and a line in memory, however large the file. */
export function createJsonLines<T>({ from, parse }: JsonLinesOptions<T>): JsonLines<T> {
  let offset = from;
  let rest = Buffer.alloc(0);
  /** The beginning of the line was passed over already. */
  let isCut = false;

  function take(bytes: Buffer): T[] {
    const records: T[] = [];
    let start = 0;

    function takeLine(end: number): void {
      const record = isCut ? undefined : parse(textOf(bytes, start, end), offset + end + 1);
      if (record !== undefined) records.push(record);
      isCut = false;
      start = end + 1;
    }

    try {
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) takeLine(end);
      const isTooLong = bytes.length - start > maxLineBytes;
      if (isTooLong && !isCut) parse(textOf(bytes, start, bytes.length), offset + bytes.length);
      isCut ||= isTooLong;
      if (isTooLong) start = bytes.length;
    } catch (error) {
      // What is whole is given first.
      if (records.length === 0) throw error;
    }
    offset += start;
    rest = Buffer.from(bytes.subarray(start));
    return records;
  }

  return {
    get offset() {
      return offset;
    },
    async next(file, bytes) {
      for (;;) {
        const at = offset + rest.length;
        const piece = Buffer.alloc(Math.max(0, Math.min(pieceBytes, bytes - at)));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        const read = piece.subarray(0, bytesRead);
        const records = take(rest.length === 0 ? read : Buffer.concat([rest, read]));
        if (records.length > 0 || bytesRead === 0) return records;
      }
    },
  };
}

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, Math.min(end, start + maxLineBytes));
}
