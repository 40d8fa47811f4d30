import { limits } from './limits.ts';

const encoder = new TextEncoder();
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const markerRoom = 80;

/** Cuts text to at most so many bytes of UTF-8, never inside a character. */
export function cutUtf8(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return text;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true });
}

/** Makes log lines of a program's output as it comes. */
export interface LineSplitter {
  /** Takes the next bytes and gives the lines that ended in them. */
  push(bytes: Uint8Array): string[];
  /** Gives the last line when it had no line break at its end. */
  end(): string[];
}

/**
 * Splits bytes into lines as `chunk` takes them: LF, CRLF and a CR alone end a line; NUL and invalid UTF-8 become
 * U+FFFD; a line over the limit, by default that of a chunk's line, keeps its beginning and says how long it was. Holds
 * one line's limit in memory, however long the line.
 */
export function createLineSplitter(maxBytes: number = limits.lineBytes): LineSplitter {
  let buffer = new Uint8Array(0);
  let keptBytes = 0;
  let lineBytes = 0;
  let isAfterReturn = false;

  function keep(bytes: Uint8Array): void {
    lineBytes += bytes.length;
    const room = maxBytes - keptBytes;
    if (room <= 0 || bytes.length === 0) return;
    const piece = bytes.subarray(0, room);
    buffer = withRoom(buffer, keptBytes, piece.length);
    buffer.set(piece, keptBytes);
    keptBytes += piece.length;
  }

  function finish(): string {
    const line = toLine(buffer.subarray(0, keptBytes), lineBytes, maxBytes);
    if (buffer.length > limits.lineBytes) buffer = new Uint8Array(0);
    keptBytes = 0;
    lineBytes = 0;
    return line;
  }

  function push(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== lineFeed && byte !== carriageReturn) {
        isAfterReturn = false;
        continue;
      }
      if (byte === lineFeed && isAfterReturn) {
        isAfterReturn = false;
      } else {
        keep(bytes.subarray(start, at));
        lines.push(finish());
        isAfterReturn = byte === carriageReturn;
      }
      start = at + 1;
    }
    keep(bytes.subarray(start));
    return lines;
  }

  return { push, end: () => (lineBytes === 0 ? [] : [finish()]) };
}

/** The buffer, or one of twice its size with the same beginning, where so many bytes more do not fit. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used + more <= buffer.length) return buffer;
  const larger = new Uint8Array(Math.max(used + more, 2 * buffer.length));
  larger.set(buffer.subarray(0, used));
  return larger;
}

function toLine(kept: Uint8Array, lineBytes: number, maxBytes: number): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const isCut = lineBytes > kept.length;
  const text = decoder.decode(kept, { stream: isCut }).replaceAll('\0', '\uFFFD');
  const whole = cutUtf8(text, maxBytes);
  return !isCut && whole === text ? text : withMark(text, lineBytes, maxBytes);
}

function withMark(text: string, lineBytes: number, maxBytes: number = limits.lineBytes): string {
  return `${cutUtf8(text, maxBytes - markerRoom)} … [cut by Verve: the line has ${lineBytes} bytes]`;
}

const mark = / … \[cut by Verve: the line has (\d+) bytes\]$/;

/** Takes apart what the splitter made of a line over the limit; `cutMark` is empty for one that was not cut. */
export function splitCutLine(line: string): { readonly text: string; readonly cutMark: string } {
  const [cutMark = ''] = line.endsWith(' bytes]') ? (mark.exec(line) ?? []) : [];
  return { text: line.slice(0, line.length - cutMark.length), cutMark };
}

/** A line of the splitter that has since grown, cut to the limit again. */
export function recutLine(line: string): string {
  if (cutUtf8(line, limits.lineBytes) === line) return line;
  const { text, cutMark } = splitCutLine(line);
  return withMark(text, Number(mark.exec(cutMark)?.[1] ?? encoder.encode(line).length));
}
