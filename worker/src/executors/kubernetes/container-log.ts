import type { Phase } from '@verve/contract';

import type { RunLine } from '../../executor.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { pause } from '../../pause.ts';
import { uptimeMs } from '../../uptime.ts';
import { parseContainerLine } from './container-line.ts';
import { createLineQueue, type LineQueue } from './line-queue.ts';
import { createLineResume, sinceTimeOf, type FreshLines, type PlacedLine } from './line-resume.ts';
import { formatLogCursor, type LogCursor } from './log-cursor.ts';
import { readPodLog, type LogEnd, type LogPlace, type TimedLine } from './pod-log.ts';

const queueBytes = 16 * 1024 * 1024;
/** What a line takes in memory besides its text. */
const lineBytes = 300;
const againMs = 500;
const usualTroubleMs = 300_000;
/** Of a node that was waited for already. */
const forsakenTroubleMs = 5_000;
const gapText =
  'lines are missing here: the node had removed them, by rotation or with the pod, before they were read';
const unreadText = 'lines may be missing from here on: the log could not be read to its end';

/** A container's log, read by somebody who has read some of it. */
export interface ContainerLogOptions {
  readonly cluster: Cluster;
  readonly place: LogPlace;
  /** After which line it goes on; absent: from the beginning. */
  readonly cursor: LogCursor | undefined;
  /** Whether nothing more comes than is there, and whether its node is given up. */
  readonly look: () => Promise<{ readonly isOver: boolean; readonly isForsaken?: boolean }>;
  /** After so long in trouble the log is given up; absent: five minutes. */
  readonly longestTroubleMs?: number;
}

/** One reading, until the container has ended and every line was given; on the signal it ends early. */
export async function* followContainer(
  options: ContainerLogOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly RunLine[]> {
  const { place, look, longestTroubleMs = usualTroubleMs } = options;
  let at = options.cursor;
  let last: LogEnd['kind'] | undefined;
  let troubledSinceMs: number | undefined;
  for (;;) {
    const { isOver, isForsaken = false } = await look();
    if (signal.aborted) return;
    const reading = read(options, { cursor: at, follow: !isOver }, signal);
    for await (const lines of reading.lines) {
      at = lines.at(-1)?.cursor ?? at;
      yield lines.flatMap(({ line }) => line ?? []);
    }
    const end = await reading.end;
    if (signal.aborted) return;
    troubledSinceMs = end.kind === 'troubled' ? (troubledSinceMs ?? uptimeMs()) : undefined;
    const boundMs = isForsaken ? forsakenTroubleMs : longestTroubleMs;
    const isGivenUp = troubledSinceMs !== undefined && uptimeMs() - troubledSinceMs >= boundMs;
    if ('message' in end && (isGivenUp ? !isOver : end.kind === 'refused')) {
      throw new Error(`the log of ${place.container} cannot be read: ${end.message}`);
    }
    const isCutShort = at !== undefined && end.kind === 'gone' && last !== 'whole';
    if (isGivenUp || (isOver && isCutShort)) yield [markOf(place, at)];
    // A whole follow is read once more, since a rotation may have cut it short without a sign.
    if (isGivenUp || (isOver && !['cut', 'troubled'].includes(end.kind))) return;
    last = end.kind;
    await pause(againMs, signal);
  }
}

/** A line of the run, or what only moves the cursor. */
interface ReadLine {
  readonly cursor: LogCursor;
  readonly line: RunLine | undefined;
}

interface Reading {
  readonly lines: AsyncIterable<readonly ReadLine[]>;
  readonly end: Promise<LogEnd>;
}

function read(
  { cluster, place }: ContainerLogOptions,
  { cursor, follow }: { readonly cursor: LogCursor | undefined; readonly follow: boolean },
  signal: AbortSignal,
): Reading {
  const queue = createLineQueue<ReadLine>(queueBytes);
  const full = new AbortController();
  const resume = createLineResume(cursor);
  const sinceTime = sinceTimeOf(cursor);
  const take = (lines: readonly TimedLine[]): void => {
    const bytes = lines.reduce((sum, line) => sum + line.text.length + lineBytes, 0);
    // The reader is slow: what stands there now is read again from where it was, once it has taken what is here.
    if (!full.signal.aborted && !queue.put(toLines(cursor, place.container, resume.push(lines)), bytes))
      full.abort();
  };
  const query = { follow, ...(sinceTime !== undefined && { sinceTime }) };
  const either = AbortSignal.any([signal, full.signal]);
  const end = readPodLog(cluster, { place, query, take }, either).then((told): LogEnd => {
    const how: LogEnd = full.signal.aborted ? { kind: 'cut' } : told;
    if (how.kind === 'whole') queue.put(toLines(cursor, place.container, resume.end()), 0);
    queue.close();
    return how;
  });
  return { lines: takeAll(queue), end };
}

async function* takeAll<T>(queue: LineQueue<T>): AsyncGenerator<readonly T[]> {
  for (let items = await queue.take(); items; items = await queue.take()) yield items;
}

function toLines(cursor: LogCursor | undefined, phase: Phase, fresh: FreshLines): readonly ReadLine[] {
  const lines = fresh.lines.map((line) => toLine(phase, line));
  return fresh.isGap && cursor ? [gapAfter(cursor), ...lines] : lines;
}

function toLine(phase: Phase, { at, count, text }: PlacedLine): ReadLine {
  const cursor = { phase, at, count };
  const parsed = parseContainerLine(text);
  if (parsed.kind !== 'line') return { cursor, line: undefined };
  const { stream } = parsed;
  return {
    cursor,
    line: { atMs: Date.parse(at), stream, phase, text: parsed.text, cursor: formatLogCursor(cursor) },
  };
}

function gapAfter(cursor: LogCursor): ReadLine {
  return { cursor, line: signOf(cursor, gapText) };
}

/** Ends a log of which nobody knows whether it is whole. */
function markOf({ container: phase }: LogPlace, at: LogCursor | undefined): RunLine {
  return signOf(at ?? { phase, at: new Date().toISOString(), count: 1 }, unreadText);
}

function signOf(cursor: LogCursor, text: string): RunLine {
  const { phase, at } = cursor;
  return { atMs: Date.parse(at), stream: 'v', phase, text, cursor: formatLogCursor(cursor) };
}
