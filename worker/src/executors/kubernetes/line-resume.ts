import type { LogCursor } from './log-cursor.ts';
import type { TimedLine } from './pod-log.ts';

/** The API server cuts times to seconds, and a line may have an earlier time than the one before. */
const overlapMs = 2_000;
/** Timestamps within which the same one may come again. */
const rememberedTimes = 1_000;

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
  const place = createPlaces();
  let isSeeking = cursor !== undefined;
  let held: PlacedLine[] = [];

  function release(): readonly PlacedLine[] {
    isSeeking = false;
    const released = held;
    held = [];
    return released;
  }

  function isPast({ at }: TimedLine): boolean {
    return Date.parse(at) > Date.parse(cursor?.at ?? '') + overlapMs;
  }

  function seek(line: PlacedLine): FreshLines {
    if (line.at === cursor?.at && line.count === cursor.count) {
      release();
      return { lines: [], isGap: false };
    }
    if (line.at > (cursor?.at ?? '')) held.push(line);
    return isPast(line) ? { lines: release(), isGap: true } : { lines: [], isGap: false };
  }

  return {
    push(lines) {
      const placed = lines.map(place);
      let found: FreshLines = { lines: [], isGap: false };
      let sought = 0;
      for (const line of placed) {
        if (!isSeeking) break;
        found = seek(line);
        sought++;
      }
      return { ...found, lines: [...found.lines, ...placed.slice(sought)] };
    },
    end: () => (isSeeking ? { lines: release(), isGap: true } : { lines: [], isGap: false }),
  };
}

/** Numbers lines of one timestamp, also where others stand between them: two streams share the log. */
function createPlaces(): (line: TimedLine) => PlacedLine {
  const counts = new Map<string, number>();

  return (line) => {
    const count = (counts.get(line.at) ?? 0) + 1;
    counts.set(line.at, count);
    if (counts.size > rememberedTimes) forgetOldest(counts);
    return { ...line, count };
  };
}

function forgetOldest(counts: Map<string, number>): void {
  const [oldest] = counts.keys();
  if (oldest !== undefined) counts.delete(oldest);
}
