import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from '@verve/contract';
import { expect, onTestFinished, test, vi } from 'vitest';

import { inspectMemory } from './inspected-memory.ts';
import { freePort, startEntry } from './programs.ts';
import { adminKey } from './replicas.ts';

const polls = 2_000;

test(`${polls} idle polls cost a process less than 60 MiB`, async () => {
  const inspectPort = await freePort();
  const { url } = await startServer(`--inspect=127.0.0.1:${inspectPort}`);
  using memory = await inspectMemory(inspectPort);
  const body = { name: 'idle', version: '1', executor: 'fake', capacity: 1 };
  const { id } = await createClient({ baseUrl: url, key: adminKey, fetch }).ask('registerWorker', { body });
  const without = { settled: await memory.settledMiB(), resident: await memory.residentMiB() };

  holdPolls(`${url}/api/v1/tasks/poll?workerId=${id}&waitSeconds=30`);
  await untilHeld(url);
  const resident = await memory.residentMiB();
  const settled = await memory.settledMiB();

  const cost = settled - without.settled;
  console.log(
    `${polls} idle polls: ${cost.toFixed(0)} MiB; right after they came, with their garbage, ${(resident - without.resident).toFixed(0)} MiB`,
  );
  expect(cost).toBeLessThan(60);
});

async function startServer(nodeOptions: string): Promise<{ url: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'verve-idle-'));
  const port = await freePort();
  const server = startEntry('server/src/main.ts', {
    NODE_OPTIONS: nodeOptions,
    VERVE_PORT: String(port),
    VERVE_HOST: '127.0.0.1',
    VERVE_DATA_DIR: dataDir,
    VERVE_ADMIN_KEY: adminKey,
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true });
  });
  await server.said('Verve listens');
  return { url: `http://127.0.0.1:${port}` };
}

/** By plain connections, one a poll, as that many workers would. */
function holdPolls(address: string): void {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  for (let n = 0; n < polls; n += 1) {
    const poll = request(address, { agent, headers: { authorization: `Bearer ${adminKey}` } });
    // The end of the test cuts them.
    poll.on('error', () => undefined);
    poll.end();
  }
}

async function untilHeld(url: string): Promise<void> {
  const look = async (): Promise<void> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`\nverve_held_polls ${polls}\n`);
  };
  await vi.waitFor(look, { timeout: 25_000, interval: 200 });
}
