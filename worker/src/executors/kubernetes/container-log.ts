import type { Phase } from '@verve/contract';

import type { RunLine } from '../../executor.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { pause } from '../../pause.ts';
import { parseContainerLine } from './container-line.ts';
import { createLineQueue, type LineQueue } from './line-queue.ts';
import { createLineResume, sinceTimeOf, type FreshLines, type PlacedLine } from './line-resume.ts';
import { formatLogCursor, type LogCursor } from './log-cursor.ts';
import { readPodLog, type LogEnd, type LogPlace, type TimedLine } from './pod-log.ts';

const queueBytes = 16 * 1024 * 1024;
/** What a line takes in memory besides its text. */
const lineBytes = 300;
const againMs = 500;
const gapText =
  'lines are missing here: the node had removed them, by rotation or with the pod, before they were read';

/** A container's log, read by somebody who has read some of it. */
export interface ContainerLogOptions {
  readonly cluster: Cluster;
  readonly place: LogPlace;
  /** After which line it goes on; absent: from the beginning. */
  readonly cursor: LogCursor | undefined;
  /** Whether nothing more comes than is there. */
  readonly look: () => Promise<{ readonly isOver: boolean }>;
}

/** One reading, until the container has ended and every line was given; on the signal it ends early. */
export async function* followContainer(
  options: ContainerLogOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly RunLine[]> {
  const { place, look } = options;
  let at = options.cursor;
  for (;;) {
    const { isOver } = await look();
    if (signal.aborted) return;
    const reading = read(options, { cursor: at, follow: !isOver }, signal);
    for await (const lines of reading.lines) {
      at = lines.at(-1)?.cursor ?? at;
      yield lines.flatMap(({ line }) => line ?? []);
    }
    const { kind, ...end } = await reading.end;
    if ('message' in end) throw new Error(`the log of ${place.container} cannot be read: ${end.message}`);
    // A whole follow is read once more, since a rotation may have cut it short without a sign.
    if (isOver && kind !== 'cut') return;
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
  const { phase, at } = cursor;
  const line = { atMs: Date.parse(at), stream: 'v', phase, text: gapText } as const;
  return { cursor, line: { ...line, cursor: formatLogCursor(cursor) } };
}
