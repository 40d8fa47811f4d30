import type { RunLine } from '../executor.ts';
import { openSegment, type Segment, type SegmentReader } from './segment.ts';

/** Reads a spool's files one after the other. */
export interface SpoolReader extends AsyncDisposable {
  /** The next lines that are written; empty when there are none yet. */
  next(): Promise<readonly RunLine[]>;
}

/** Begins after the released lines of the first segment. The segments may grow, and go once they are read. */
export function createSpoolReader(segments: readonly Segment[]): SpoolReader {
  let current: { readonly segment: Segment; readonly reader: SegmentReader } | undefined;
  let toSkip = segments[0]?.released ?? 0;

  async function enter(segment: Segment): Promise<void> {
    await current?.reader[Symbol.asyncDispose]();
    current = undefined;
    current = { segment, reader: await openSegment(segment.path, 0) };
  }

  async function next(): Promise<readonly RunLine[]> {
    if (!current && segments[0]) await enter(segments[0]);
    while (current) {
      const { segment, reader } = current;
      // Looked for first: a file with another after it grows no more.
      const after = segments.find((each) => each.number === segment.number + 1);
      const lines = await reader.next(segment.bytes);
      const unread = lines.slice(toSkip);
      toSkip -= lines.length - unread.length;
      if (unread.length > 0) return unread;
      if (lines.length > 0) continue;
      if (!after) return [];
      await enter(after);
    }
    return [];
  }

  return { next, [Symbol.asyncDispose]: async () => current?.reader[Symbol.asyncDispose]() };
}
