import { readdir, rm, stat, truncate } from 'node:fs/promises';

import type { RunLine } from '../executor.ts';
import { emptySegment, openSegment, segmentNumber, SegmentTorn, type Segment } from './segment.ts';

/** What of an earlier process's spool is still to be shipped. */
export interface Recovered {
  /** In order. The released lines of the first are those up to the cursor. */
  readonly segments: readonly Segment[];
  /** The cursor of the last line. */
  readonly end: string;
}

/** The file that begins where the source does; a spool that begins elsewhere has none of that number. */
export const firstNumber = 1;

/**
 * Finds the place after a cursor in the files of a folder (undefined: the beginning), cuts off what is torn, and removes
 * the files before. undefined when the place is not there: all files are removed then.
 */
export async function recoverSpool(
  folder: string,
  cursor: string | undefined,
): Promise<Recovered | undefined> {
  const scanned: Scanned[] = [];
  for (const number of await numbersIn(folder)) {
    const segment = emptySegment(folder, number);
    if (isContinued(scanned.at(-1), number)) scanned.push(await scan(segment, cursor));
    else await rm(segment.path);
  }
  const from =
    cursor === undefined
      ? scanned.findIndex(({ segment }) => segment.number === firstNumber)
      : scanned.findIndex(({ segment }) => segment.released > 0);
  const end = scanned.findLast((each) => each.end !== undefined)?.end;
  if (from < 0 || end === undefined) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const segments = scanned.map(({ segment }) => segment);
  for (const segment of segments.splice(0, from)) await rm(segment.path);
  return { segments, end };
}

interface Scanned {
  readonly segment: Segment;
  /** The cursor of its last line. */
  readonly end: string | undefined;
  readonly isTorn: boolean;
}

function isContinued(last: Scanned | undefined, number: number): boolean {
  return !last || (!last.isTorn && number === last.segment.number + 1);
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
}

/** Reads a whole file, and counts as released what goes up to the cursor. */
async function scan(segment: Segment, cursor: string | undefined): Promise<Scanned> {
  const { size } = await stat(segment.path);
  let end: string | undefined;
  await using reader = await openSegment(segment.path, 0);
  try {
    for (let lines = await reader.next(size); lines.length > 0; lines = await reader.next(size)) {
      segment.released = releasedOf(segment, lines, cursor);
      segment.lines += lines.length;
      segment.bytes = reader.offset;
      end = lines.at(-1)?.cursor;
    }
  } catch (error) {
    if (!(error instanceof SegmentTorn)) throw error;
  }
  const isTorn = segment.bytes < size;
  if (isTorn) await truncate(segment.path, segment.bytes);
  return { segment, end, isTorn };
}

function releasedOf(
  { lines, released }: Segment,
  next: readonly RunLine[],
  cursor: string | undefined,
): number {
  const index = cursor === undefined ? -1 : next.findIndex((line) => line.cursor === cursor);
  return index < 0 ? released : lines + index + 1;
}
