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
 * U+FFFD; a line over the limit keeps its beginning and says how long it was. Holds one line's limit in memory,
 * however long the line.
 */
export function createLineSplitter(): LineSplitter {
  let kept = new Uint8Array(0);
  let lineBytes = 0;
  let isAfterReturn = false;

  function keep(bytes: Uint8Array): void {
    lineBytes += bytes.length;
    const room = limits.lineBytes - kept.length;
    if (room <= 0 || bytes.length === 0) return;
    const joined = new Uint8Array(kept.length + Math.min(room, bytes.length));
    joined.set(kept);
    joined.set(bytes.subarray(0, room), kept.length);
    kept = joined;
  }

  function finish(): string {
    const line = toLine(kept, lineBytes);
    kept = new Uint8Array(0);
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

function toLine(kept: Uint8Array, lineBytes: number): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const isCut = lineBytes > kept.length;
  const text = decoder.decode(kept, { stream: isCut }).replaceAll('\0', '\uFFFD');
  const whole = cutUtf8(text, limits.lineBytes);
  return !isCut && whole === text ? text : withMark(text, lineBytes);
}

function withMark(text: string, lineBytes: number): string {
  return `${cutUtf8(text, limits.lineBytes - markerRoom)} … [cut by Verve: the line has ${lineBytes} bytes]`;
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
