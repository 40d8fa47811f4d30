import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { createClient, newId, type LogLevel } from '@verve/contract';
import { expect, onTestFinished, test, vi } from 'vitest';

import { noMeters } from '../meters.ts';
import { startFakeServer, type FakeServer } from '../testing/fake-server.ts';
import { lineSource, type LineSource } from '../testing/line-source.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { createRunLogs, type RunLogs } from './run-logs.ts';
import type { Shipped } from './shipper.ts';

const patience = { timeout: 20_000, interval: 10 };
const secret = 'the-secret-of-the-worker';
const taskId = newId('task');

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}`);
}

interface Stage {
  readonly server: FakeServer;
  readonly source: LineSource;
  readonly logs: RunLogs;
  readonly spool: string;
  readonly ship: (level?: LogLevel) => Promise<Shipped>;
  /** Ends shipping as the end of the worker would, and lets a new one begin. */
  readonly restart: () => Promise<void>;
}

async function setStage(): Promise<Stage> {
  const folder = temporaryFolder();
  const server = await startFakeServer();
  const source = lineSource();
  const logs = createRunLogs({
    client: createClient({ baseUrl: server.url, key: 'k', fetch }),
    executor: source,
    folder: folder.path,
    secrets: { current: async () => [secret] },
    meters: noMeters,
    logger: silent,
  });
  let stop = new AbortController();
  let shipping: Promise<unknown> = Promise.resolve();
  const restart = async (): Promise<void> => {
    stop.abort();
    await shipping;
    stop = new AbortController();
  };
  onTestFinished(async () => {
    await restart();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const ship = async (logLevel: LogLevel = 'full'): Promise<Shipped> => {
    const shipped = logs.ship({ taskId, attempt: 1, logLevel }, stop.signal);
    shipping = shipped.catch(() => undefined);
    return shipped;
  };
  return { server, source, logs, spool: join(folder.path, `${taskId}-1`), ship, restart };
}

function spooled(spool: string): string {
  return readdirSync(spool)
    .map((name) => readFileSync(join(spool, name), 'utf8'))
    .join('');
}

test('while the server is away the source is read to its end, and every line arrives once', async () => {
  const { server, source, ship } = await setStage();
  source.write(numbers(1, 100));
  const shipped = ship();
  await vi.waitFor(() => expect(server.lines).toContain('line 100'), patience);

  server.isAway = true;
  source.write(numbers(101, 5_000));
  await vi.waitFor(() => expect(source.given).toBe(5_000), patience);
  source.end();
  server.losesAnswers = 3;
  server.isAway = false;

  expect(await shipped).toEqual({ kind: 'shipped', lastSeq: server.chunks.length });
  expect(server.lines).toEqual(numbers(1, 5_000));
});

test('a new process ships what the one before had spooled, and reads the source on from there', async () => {
  const { server, source, ship, restart } = await setStage();
  source.write(numbers(1, 100));
  void ship().catch(() => undefined);
  await vi.waitFor(() => expect(server.lines).toContain('line 100'), patience);
  server.isAway = true;
  source.write(numbers(101, 300));
  await vi.waitFor(() => expect(source.given).toBe(300), patience);
  await restart();

  source.write(numbers(301, 400));
  source.end();
  server.isAway = false;
  await ship();

  expect(server.lines).toEqual(numbers(1, 400));
  expect(source.cursors).toEqual([undefined, 'after 300']);
});

test('a new process without the spool reads the source again from where the server is', async () => {
  const { server, source, spool, ship, restart } = await setStage();
  source.write(numbers(1, 100));
  void ship().catch(() => undefined);
  await vi.waitFor(() => expect(server.lines).toContain('line 100'), patience);
  await restart();
  rmSync(spool, { recursive: true });

  source.write(numbers(101, 200));
  source.end();
  await ship();

  expect(server.lines).toEqual(numbers(1, 200));
  expect(source.cursors).toEqual([undefined, 'after 100']);
});

test('what another process has shipped meanwhile is not shipped again', async () => {
  const { server, source, ship } = await setStage();
  source.write(numbers(1, 10));
  const shipped = ship();
  await vi.waitFor(() => expect(server.lines).toContain('line 10'), patience);

  const late = { attempt: 1, seq: 2, phase: 'agent', at: [1], streams: 'o', lines: ['line 11'] } as const;
  server.chunks.push({ ...late, cursor: '0.0:after 11', at: [...late.at], lines: [...late.lines] });
  source.write(numbers(11, 20));
  source.end();
  await shipped;

  expect(server.lines).toEqual(numbers(1, 20));
});

test('secrets reach neither the server nor the disk, also when a key goes on after a restart', async () => {
  const { server, source, spool, ship, restart } = await setStage();
  const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
  source.write([`it is ${secret}`, '-----BEGIN PRIVATE KEY-----', body]);
  void ship().catch(() => undefined);
  await vi.waitFor(() => expect(server.lines).toHaveLength(3), patience);
  const onDisk = spooled(spool);
  await restart();
  rmSync(spool, { recursive: true });

  source.write([body, '-----END PRIVATE KEY-----', 'done']);
  source.end();
  await ship();

  expect(onDisk).not.toContain(secret);
  expect(server.lines).toEqual([
    'it is [masked]',
    '-----BEGIN PRIVATE KEY-----',
    '[masked]',
    '[masked]',
    '-----END PRIVATE KEY-----',
    'done',
  ]);
});

test('at the level "states" only lines of Verve itself leave, each once', async () => {
  const { server, source, spool, ship, restart } = await setStage();
  source.write(numbers(1, 100));
  source.write(['lines are missing'], 'v');
  void ship('states').catch(() => undefined);
  await vi.waitFor(() => expect(server.lines).toHaveLength(1), patience);
  const onDisk = spooled(spool);
  await restart();

  source.write(numbers(101, 200));
  source.end();
  const shipped = await ship('states');

  expect(server.lines).toEqual(['lines are missing']);
  expect(shipped).toEqual({ kind: 'shipped', lastSeq: 1 });
  expect(onDisk).not.toContain('line 1');
});

test('nothing stays of a run that is removed, nor of one that nobody knows', async () => {
  const { source, logs, spool, ship } = await setStage();
  source.write(['a']);
  source.end();
  await ship();
  const before = existsSync(spool);
  const stray = spool.replace(/-1$/, '-2');
  mkdirSync(stray);

  await logs.removeOthers([{ taskId, attempt: 1 }]);
  const kept = [existsSync(spool), existsSync(stray)];
  await logs.remove({ taskId, attempt: 1 });

  expect(before).toBe(true);
  expect(kept).toEqual([true, false]);
  expect(existsSync(spool)).toBe(false);
});
