import { setImmediate } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import type { RunLine } from '../../executor.ts';
import { kubeletLine, startFakeKubelet, type FakeKubelet } from '../../testing/kubernetes/fake-kubelet.ts';
import { followContainer, type ContainerLogOptions } from './container-log.ts';
import { parseLogCursor } from './log-cursor.ts';

const never = new AbortController().signal;

async function startKubelet(): Promise<FakeKubelet> {
  const kubelet = await startFakeKubelet();
  onTestFinished(async () => kubelet[Symbol.asyncDispose]());
  return kubelet;
}

/** Reads a container that has ended once so many requests were made. */
function follow(
  { cluster, asked }: FakeKubelet,
  given: { readonly cursor?: string; readonly endedAfter?: number; readonly longestTroubleMs?: number } = {},
): ReturnType<typeof followContainer> {
  const options: ContainerLogOptions = {
    cluster,
    place: { pod: 'x', container: 'agent' },
    cursor: parseLogCursor(given.cursor),
    look: async () => ({ isOver: asked.length >= (given.endedAfter ?? 0) }),
    ...(given.longestTroubleMs !== undefined && { longestTroubleMs: given.longestTroubleMs }),
  };
  return followContainer(options, never);
}

/** The API server answers, and does not reach the node, however often it is asked. */
function unreached(kubelet: FakeKubelet): void {
  for (let n = 0; n < 100; n++) {
    kubelet.answer((response) => void response.writeHead(500).end('{"message":"dial tcp 10.0.0.1:10250"}'));
  }
}

async function linesOf(reading: AsyncIterable<readonly RunLine[]>): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const more of reading) lines.push(...more);
  return lines;
}

function textsOf(lines: readonly RunLine[]): string[] {
  return lines.map(({ stream, text }) => `${stream} ${text}`);
}

const [first, second, third] = [kubeletLine(1, 'o one'), kubeletLine(2, 'e two'), kubeletLine(3, 'o three')];

test('lines come once over cuts, with a last look after the end', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.writeHead(400).end('"is waiting to start"'));
  kubelet.answer((response) => void response.end(first + second));
  kubelet.answer((response) => void response.end(first + second + third));

  const lines = await linesOf(follow(kubelet, { endedAfter: 2 }));

  expect(textsOf(lines)).toEqual(['o one', 'e two', 'o three']);
  expect(kubelet.asked.map((query) => query['follow'])).toEqual(['true', 'true', undefined]);
  expect(kubelet.asked.map((query) => query['sinceTime'])).toEqual([
    undefined,
    undefined,
    '2026-11-22T18:31:33.000Z',
  ]);
});

test('a reading goes on after the cursor of a line', async () => {
  const kubelet = await startKubelet();
  for (let n = 0; n < 2; n++) kubelet.answer((response) => void response.end(first + second + third));
  const lines = await linesOf(follow(kubelet));

  const rest = await linesOf(follow(kubelet, { cursor: lines[0]?.cursor ?? '' }));

  expect(textsOf(rest)).toEqual(['e two', 'o three']);
});

test('what a container tells is no line, and is not read again', async () => {
  const kubelet = await startKubelet();
  const told = kubeletLine(2, 'c {"tick":1,"state":"waiting"}');
  kubelet.answer((response) => void response.end(first + told));
  kubelet.answer((response) => void response.end(told + third));

  expect(textsOf(await linesOf(follow(kubelet, { endedAfter: 1 })))).toEqual(['o one', 'o three']);
});

test('lines that were rotated away leave a line of their own', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.end(first));
  kubelet.answer((response) => void response.end(third));

  const lines = await linesOf(follow(kubelet, { endedAfter: 1 }));

  expect(textsOf(lines)).toEqual(['o one', expect.stringMatching(/^v lines are missing here/), 'o three']);
});

test('the log of an ended container that is gone is no error', async () => {
  expect(await linesOf(follow(await startKubelet()))).toEqual([]);
});

test('a log that goes with its pod before it is read to its end says so', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.write(first, () => response.destroy()));

  const lines = await linesOf(follow(kubelet, { endedAfter: 1 }));

  expect(textsOf(lines)).toEqual(['o one', expect.stringMatching(/^v lines may be missing from here on/)]);
});

test('a node that is not reached is given up after a while, and the log of an ended container ends so', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.write(first, () => response.destroy()));
  unreached(kubelet);

  const lines = await linesOf(follow(kubelet, { endedAfter: 1, longestTroubleMs: 700 }));

  expect(textsOf(lines)).toEqual(['o one', expect.stringMatching(/^v lines may be missing from here on/)]);
  expect(kubelet.asked.length).toBeGreaterThan(2);
});

test('a node that was waited for already is given up soon', async () => {
  const kubelet = await startKubelet();
  unreached(kubelet);
  const { cluster } = kubelet;
  const place = { pod: 'x', container: 'agent' } as const;
  const look = async (): ReturnType<ContainerLogOptions['look']> => ({ isOver: true, isForsaken: true });

  const lines = await linesOf(followContainer({ cluster, place, cursor: undefined, look }, never));

  expect(textsOf(lines)).toEqual([expect.stringMatching(/^v lines may be missing from here on/)]);
});

test('a node that is not reached for a while is an error as long as its container runs', async () => {
  const kubelet = await startKubelet();
  unreached(kubelet);

  const reading = linesOf(follow(kubelet, { endedAfter: 1_000, longestTroubleMs: 700 }));

  await expect(reading).rejects.toThrow('the log of agent cannot be read: dial tcp 10.0.0.1:10250');
});

test('a refusal is one, in the words of the API server', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.writeHead(403).end('{"message":"pods is forbidden"}'));

  await expect(linesOf(follow(kubelet))).rejects.toThrow(
    'the log of agent cannot be read: pods is forbidden',
  );
});

test('a slow reader loses nothing, even where the last line finds no room', async () => {
  const kubelet = await startKubelet();
  // With what they take in memory these leave less room than the last one needs.
  const log = Array.from({ length: 12_800 }, (_, n) =>
    kubeletLine(n, `o ${String(n).padEnd(998, '.')}`),
  ).join('');
  const last = kubeletLine(12_800, `o ${'x'.repeat(50_000)}`.repeat(5)).trimEnd();
  const read = Promise.withResolvers<undefined>();
  kubelet.answer((response) => {
    response.socket?.on('close', () => read.resolve(undefined));
    response.end(log + last);
  });
  kubelet.answer((response) => void response.end(log + last));
  const texts: string[] = [];

  for await (const lines of follow(kubelet)) {
    texts.push(...lines.map(({ text }) => text.slice(0, 6)));
    await read.promise;
    // What has arrived by then is taken in at the next turns.
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  }

  const numbers = Array.from({ length: 12_800 }, (_, n) => String(n).padEnd(6, '.'));
  expect(texts).toEqual([...numbers, 'xxxxxx']);
});
