import type { ServerResponse } from 'node:http';

import { limits } from '@verve/contract';
import { expect, onTestFinished, test } from 'vitest';

import { kubeletLine, startFakeKubelet, type FakeKubelet } from '../../testing/kubernetes/fake-kubelet.ts';
import { readPodLog, type LogEnd, type LogQuery, type TimedLine } from './pod-log.ts';

const never = new AbortController().signal;
const place = { pod: 'x', container: 'agent' } as const;

async function startKubelet(): Promise<FakeKubelet> {
  const kubelet = await startFakeKubelet();
  onTestFinished(async () => kubelet[Symbol.asyncDispose]());
  return kubelet;
}

interface ReadOptions extends Partial<LogQuery> {
  readonly silenceMs?: number;
  readonly onLine?: () => void;
}

interface Read {
  readonly end: LogEnd;
  readonly lines: readonly TimedLine[];
}

async function readFrom({ cluster }: FakeKubelet, given: ReadOptions = {}, signal = never): Promise<Read> {
  const { silenceMs = 60_000, onLine, ...query } = { follow: true, ...given };
  const lines: TimedLine[] = [];
  const take = (more: readonly TimedLine[]): void => {
    lines.push(...more);
    if (more.length > 0) onLine?.();
  };
  const end = await readPodLog(cluster, { place, query, take, silenceMs }, signal);
  return { end, lines };
}

function textsOf({ lines }: Read): string[] {
  return lines.map(({ text }) => text);
}

/** Answers with these pieces, each written once the one before has gone out. */
async function write(response: ServerResponse, ...pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve));
}

test('a log is read to the end of its container, whatever pieces it comes in', async () => {
  const kubelet = await startKubelet();
  const log = Buffer.from(kubeletLine(1, 'ein Größenwahn') + kubeletLine(2, '') + kubeletLine(3, 'o  x '));
  kubelet.answer(async (response) => {
    await write(response, ...Array.from(log, (byte) => Buffer.from([byte])));
    response.end();
  });

  const read = await readFrom(kubelet);

  expect(read.end).toEqual({ kind: 'whole' });
  expect(textsOf(read)).toEqual(['ein Größenwahn', '', 'o  x ']);
  expect(read.lines[0]?.at).toBe('2026-11-22T18:31:35.000001000Z');
});

test('what is asked for is one container with times', async () => {
  const kubelet = await startKubelet();

  await readFrom(kubelet, { sinceTime: '2026-11-22T18:31:33.693Z', tailLines: 5 });
  await readFrom(kubelet, { follow: false });

  expect(kubelet.asked).toEqual([
    {
      container: 'agent',
      timestamps: 'true',
      follow: 'true',
      sinceTime: '2026-11-22T18:31:33.693Z',
      tailLines: '5',
    },
    { container: 'agent', timestamps: 'true' },
  ]);
});

test('a last line without a line break comes at the clean end', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.end(kubeletLine(1, 'a') + kubeletLine(2, 'unfinished').trim()));

  expect(textsOf(await readFrom(kubelet))).toEqual(['a', 'unfinished']);
});

test.each(['FIN', 'RST'] as const)(
  'a connection that ends by %s is cut, and an unfinished line is not taken',
  async (how) => {
    const kubelet = await startKubelet();
    kubelet.answer(async (response) => {
      await write(response, kubeletLine(1, 'a'), kubeletLine(2, 'half a li').trim());
    });

    const read = await readFrom(kubelet, { onLine: () => kubelet.cut(how) });

    expect([read.end, textsOf(read)]).toEqual([{ kind: 'cut' }, ['a']]);
  },
);

test('nobody who listens, and an end before the answer, is a cut too', async () => {
  const kubelet = await startKubelet();
  kubelet.answer(() => kubelet.cut('FIN'));

  expect((await readFrom(kubelet)).end).toEqual({ kind: 'cut' });
  await kubelet[Symbol.asyncDispose]();
  expect((await readFrom(kubelet)).end).toEqual({ kind: 'cut' });
});

test('silence is a cut', async () => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.write(kubeletLine(1, 'a')));

  const read = await readFrom(kubelet, { silenceMs: 200 });

  expect([read.end, textsOf(read)]).toEqual([{ kind: 'cut' }, ['a']]);
});

test('a reading ends on the signal', async () => {
  const kubelet = await startKubelet();
  const stop = new AbortController();
  kubelet.answer((response) => {
    response.write(kubeletLine(1, 'a'));
    setImmediate(() => stop.abort());
  });

  expect((await readFrom(kubelet, {}, stop.signal)).end).toEqual({ kind: 'cut' });
  expect((await readFrom(kubelet, {}, AbortSignal.abort())).end).toEqual({ kind: 'cut' });
});

function statusOf(message: string): string {
  return JSON.stringify({ kind: 'Status', status: 'Failure', message });
}

test.each([
  [400, statusOf('container "agent" in pod "x" is waiting to start: PodInitializing'), { kind: 'unready' }],
  [
    400,
    statusOf('container "agent" in pod "x" is waiting to start: image can\'t be pulled'),
    { kind: 'unready' },
  ],
  [204, '', { kind: 'unready' }],
  [404, statusOf('pods "x" not found'), { kind: 'gone' }],
  [400, statusOf('container "publish" in pod "x" is terminated'), { kind: 'gone' }],
  [
    400,
    statusOf('container wrong is not valid for pod x'),
    { kind: 'refused', message: 'container wrong is not valid for pod x' },
  ],
  [403, statusOf('pods "x" is forbidden'), { kind: 'refused', message: 'pods "x" is forbidden' }],
  [401, 'no JSON', { kind: 'refused', message: 'HTTP 401' }],
  [429, statusOf('storage is (re)initializing'), { kind: 'cut' }],
  [
    500,
    statusOf('Get "https://node:10250/": connection refused'),
    { kind: 'troubled', message: 'Get "https://node:10250/": connection refused' },
  ],
  [503, '', { kind: 'troubled', message: 'HTTP 503' }],
])('HTTP %d with %j is %o', async (status, body, end) => {
  const kubelet = await startKubelet();
  kubelet.answer((response) => void response.writeHead(status).end(status === 204 ? undefined : body));

  expect(await readFrom(kubelet)).toEqual({ end, lines: [] });
});

test.each(['', '\n'])('words of the kubelet itself are no line, with %j behind them', async (after) => {
  const kubelet = await startKubelet();
  kubelet.answer(
    (response) =>
      void response.end(`unable to retrieve container logs for containerd://0123456789abcdef${after}`),
  );

  expect(await readFrom(kubelet)).toEqual({ end: { kind: 'gone' }, lines: [] });
});

test('a line that never ends is kept in its beginning alone, and the next one is whole', async () => {
  const kubelet = await startKubelet();
  const mebibyte = 'x'.repeat(1024 * 1024);
  kubelet.answer(async (response) => {
    await write(response, kubeletLine(1, '').trimEnd(), ' ', ...Array<string>(16).fill(mebibyte), '\n');
    response.end(kubeletLine(2, 'next'));
  });

  const [long, next] = textsOf(await readFrom(kubelet));

  expect(long?.length).toBeGreaterThan(limits.lineBytes);
  expect(long?.length).toBeLessThan(mebibyte.length);
  expect(next).toBe('next');
});
