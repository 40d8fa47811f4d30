import { expect, test } from 'vitest';

import { createLineResume, sinceTimeOf, type FreshLines, type PlacedLine } from './line-resume.ts';
import type { TimedLine } from './pod-log.ts';

type Cursor = Pick<PlacedLine, 'at' | 'count'>;

/** A line of so many nanoseconds after a point in time. */
function lineAt(nanoseconds: number, text: string): TimedLine {
  const seconds = new Date(Date.UTC(2026, 10, 22, 18) + Math.floor(nanoseconds / 1e9) * 1_000);
  const rest = String(nanoseconds % 1e9).padStart(9, '0');
  return { at: `${seconds.toISOString().slice(0, 19)}.${rest}Z`, text };
}

interface Read {
  readonly texts: string[];
  readonly isGap: boolean;
}

function readAll(log: readonly TimedLine[], cursor?: Cursor): Read {
  const resume = createLineResume(cursor);
  return textsOf(resume.push(log), resume.end());
}

function textsOf(...fresh: readonly FreshLines[]): Read {
  return {
    texts: fresh.flatMap(({ lines }) => lines.map(({ text }) => text)),
    isGap: fresh.some(({ isGap }) => isGap),
  };
}

/** What the kubelet gives: the times of lines cut to seconds, and no more than that. */
function keptSince(log: readonly TimedLine[], cursor: Cursor | undefined): readonly TimedLine[] {
  const since = sinceTimeOf(cursor)?.slice(0, 19) ?? '';
  return log.filter(({ at }) => at >= since);
}

function randomBelow(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Times go on in small and large steps, stand still, and go back by up to 6 ms. */
function oddLog(below: (bound: number) => number): readonly TimedLine[] {
  let nowNs = 0;
  return Array.from({ length: 300 }, (_, n) => {
    nowNs += [0, 0, 1, 1_000, 40_000_000, 900_000_000][below(6)] ?? 0;
    const back = below(3) === 0 ? Math.min(nowNs, [0, 1, 1_000, 6_000_000][below(4)] ?? 0) : 0;
    return lineAt(nowNs - back, `line ${n}`);
  });
}

/** Reads a log whose connection is cut at random, until it was read whole. */
function readWithCuts(log: readonly TimedLine[], below: (bound: number) => number): Read {
  const given: PlacedLine[] = [];
  let isGap = false;
  for (let readings = 0; given.length < log.length && readings < 10_000; readings++) {
    const resume = createLineResume(given.at(-1));
    const kept = keptSince(log, given.at(-1));
    const pieces = [0, below(kept.length + 1), below(kept.length + 1)].sort((a, b) => a - b);
    const fresh = [
      resume.push(kept.slice(pieces[0], pieces[1])),
      resume.push(kept.slice(pieces[1], pieces[2])),
    ];
    given.push(...fresh.flatMap(({ lines }) => lines));
    isGap ||= fresh.some((one) => one.isGap);
  }
  return { texts: given.map(({ text }) => text), isGap };
}

test('what is cut at random places and resumed is read once and in order', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const below = randomBelow(seed);
    const log = oddLog(below);

    const read = readWithCuts(log, below);

    expect(read, `seed ${seed}`).toEqual({ texts: log.map(({ text }) => text), isGap: false });
  }
});

const three = [lineAt(5, 'a'), lineAt(5, 'b'), lineAt(5, 'c')];
const back = [lineAt(9, 'a'), lineAt(3, 'b'), lineAt(9, 'c'), lineAt(4, 'd')];

test.each([
  { after: 'nothing', log: three, texts: ['a', 'b', 'c'] },
  { after: 'the second of one time', log: three, cursor: { ...three[1], count: 2 }, texts: ['c'] },
  { after: 'the last', log: three, cursor: { ...three[2], count: 3 }, texts: [] },
  {
    after: 'a later time than what follows',
    log: back,
    cursor: { ...back[0], count: 1 },
    texts: ['b', 'c', 'd'],
  },
  {
    after: 'a time that came before, not beside it',
    log: back,
    cursor: { ...back[2], count: 2 },
    texts: ['d'],
  },
])('a reading goes on after $after', ({ log, cursor, texts }) => {
  expect(readAll(log, cursor && { at: '', ...cursor })).toEqual({ texts, isGap: false });
});

test('lines of one time are counted on over a cut', () => {
  const resume = createLineResume({ at: three[0]?.at ?? '', count: 1 });

  expect(resume.push(three).lines.map(({ count }) => count)).toEqual([2, 3]);
});

test('lines before the cursor are not given while it is looked for', () => {
  const log = [lineAt(9, 'before, with a later time'), lineAt(5, 'the one'), lineAt(6, 'after')];

  expect(readAll(log, { at: log[1]?.at ?? '', count: 1 })).toEqual({ texts: ['after'], isGap: false });
});

const rotated = { at: lineAt(5, '').at, count: 1 };

test.each([
  ['the end of the log', [lineAt(6, 'a'), lineAt(7, 'b')], ['a', 'b']],
  ['the end of an empty log', [], []],
  ['fewer lines of its time', [lineAt(4, 'old'), lineAt(6, 'a')], ['a']],
])('a cursor whose line was rotated away is a gap: %s', (_, log, texts) => {
  expect(readAll(log, rotated)).toEqual({ texts, isGap: true });
});

test('a gap is told without an end, when lines are well past the cursor', () => {
  const resume = createLineResume(rotated);

  expect(textsOf(resume.push([lineAt(1e9, 'a')]))).toEqual({ texts: [], isGap: false });
  expect(textsOf(resume.push([lineAt(3e9, 'b'), lineAt(3e9, 'c')]))).toEqual({
    texts: ['a', 'b', 'c'],
    isGap: true,
  });
});

test('a gap may be as long as a busy container writes in two seconds', () => {
  const log = Array.from({ length: 300_000 }, (_, n) => lineAt(6 + n, ''));

  expect(readAll([...log, lineAt(4e9, '')], rotated).texts).toHaveLength(log.length + 1);
});

test('what is asked for begins before the cursor', () => {
  expect(sinceTimeOf(undefined)).toBeUndefined();
  expect(sinceTimeOf({ at: '2026-11-22T18:31:35.693692542Z' })).toBe('2026-11-22T18:31:33.693Z');
});
