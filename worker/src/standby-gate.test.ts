import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import { loadConfig } from './config.ts';
import { createHealth, type Health } from './health.ts';
import { createStandbyGate, type StandbyGate } from './standby-gate.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';
import { createWorkerKey } from './worker-key.ts';

const patience = { timeout: 20_000, interval: 10 };

interface Standing {
  readonly gate: StandbyGate;
  readonly health: Health;
  readonly told: string[];
}

function standingBy(folder: string, serverUrl: string, stop = new AbortController().signal): Standing {
  const keyFile = secretFile(folder, 'key', 'k');
  const file = secretFile(folder, 'worker.yaml', JSON.stringify({ serverUrl, keyFile }));
  const config = loadConfig({ VERVE_CONFIG: file });
  const { settings } = config;
  const key = createWorkerKey(config, 'k');
  const told: string[] = [];
  const logger = pino({}, { write: (line: string) => told.push((JSON.parse(line) as { msg: string }).msg) });
  const health = createHealth(() => 0);
  return {
    gate: createStandbyGate({ settings, key, health, logger, lookAgainMs: 10 }, stop),
    health,
    told,
  };
}

test('one that stands by is not ready before the server takes it, and says why', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.role = undefined;
  const { gate, health, told } = standingBy(folder.path, server.url);
  await using standing = gate;

  standing.standBy();
  expect(health.ready()).toEqual({ isWell: false, why: 'the server has not been asked yet' });
  const why = expect.stringMatching(/^the server does not take the key: .* verve key create --role worker/);
  await vi.waitFor(() => expect(health.ready()).toEqual({ isWell: false, why }), patience);
  server.role = 'worker';
  await vi.waitFor(() => expect(health.ready()).toEqual({ isWell: true }), patience);
  expect(told.filter((msg) => msg.startsWith('the server does not take the key'))).toHaveLength(1);
});

test('one that stands by asks with the key that its file has by then', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const { gate } = standingBy(folder.path, server.url);
  await using standing = gate;
  secretFile(folder.path, 'key', 'another');

  standing.standBy();

  await vi.waitFor(() => expect(server.keys).toContain('another'), patience);
});

test('one whose turn has come goes on, though the server does not answer', async () => {
  await using folder = temporaryFolder();
  const { gate, health } = standingBy(folder.path, 'http://127.0.0.1:9');
  gate.standBy();
  await vi.waitFor(() => expect(health.ready()).toMatchObject({ isWell: false }), patience);

  await gate[Symbol.asyncDispose]();
  expect(health.ready()).toEqual({ isWell: true });
});

test('one that is stopped while it stands by ends quietly', async () => {
  await using folder = temporaryFolder();
  const stop = new AbortController();
  const { gate } = standingBy(folder.path, 'http://127.0.0.1:9', stop.signal);
  gate.standBy();
  stop.abort();

  await expect(gate[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
