import type { LogCursor } from './log-cursor.ts';
import type { TimedLine } from './pod-log.ts';

/** The API server cuts times to seconds, and a line may have an earlier time than the one before. */
const overlapMs = 2_000;

/** Lines that have not been given before. */
export interface FreshLines {
  readonly lines: readonly PlacedLine[];
  /** The cursor's own line is there no more: lines between it and these may be lost. */
  readonly isGap: boolean;
}

/** A line with its place among those of the same timestamp. */
export interface PlacedLine extends TimedLine {
  readonly count: number;
}

/** Finds what is new in a reading that begins somewhat before a cursor: what stands behind the cursor's line. */
export interface LineResume {
  push(lines: readonly TimedLine[]): FreshLines;
  /** The reading is whole and nothing more comes: what was held back while the cursor's line was looked for. */
  end(): FreshLines;
}

/** From when a reading has to be asked for. */
export function sinceTimeOf(cursor: Pick<LogCursor, 'at'> | undefined): string | undefined {
  return cursor && new Date(Date.parse(cursor.at) - overlapMs).toISOString();
}

/** By place in the stream, not by comparing times; undefined: all is new. */
export function createLineResume(cursor: Pick<LogCursor, 'at' | 'count'> | undefined): LineResume {
  let isSeeking = cursor !== undefined;
  let seen = 0;
  let held: TimedLine[] = [];
  let last: { readonly at: string; readonly count: number } | undefined = cursor;

  function place(line: TimedLine): PlacedLine {
    const count = last?.at === line.at ? last.count + 1 : 1;
    last = { at: line.at, count };
    return { ...line, count };
  }

  function release(): readonly PlacedLine[] {
    isSeeking = false;
    const released = held.map(place);
    held = [];
    return released;
  }

  /** Gives whether the cursor's own line was this one. */
  function isFound(line: TimedLine): boolean {
    if (line.at !== cursor?.at) return false;
    seen++;
    return seen === cursor.count;
  }

  function isPast({ at }: TimedLine): boolean {
    return Date.parse(at) > Date.parse(cursor?.at ?? '') + overlapMs;
  }

  function seek(line: TimedLine): FreshLines {
    if (isFound(line)) {
      isSeeking = false;
      held = [];
      last = cursor;
      return { lines: [], isGap: false };
    }
    if (line.at > (cursor?.at ?? '')) held.push(line);
    return isPast(line) ? { lines: release(), isGap: true } : { lines: [], isGap: false };
  }

  return {
    push(lines) {
      const fresh: PlacedLine[] = [];
      let isGap = false;
      for (const line of lines) {
        if (!isSeeking) {
          fresh.push(place(line));
          continue;
        }
        const found = seek(line);
        isGap ||= found.isGap;
        fresh.push(...found.lines);
      }
      return { lines: fresh, isGap };
    },
    end: () => (isSeeking ? { lines: release(), isGap: true } : { lines: [], isGap: false }),
  };
}
