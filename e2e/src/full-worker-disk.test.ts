import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Task } from '@verve/contract';
import { expect, test, type TestContext } from 'vitest';

import { makeRemote } from './chaos/remote.ts';
import { followLog } from './follower.ts';
import { untilThere } from './held-remote.ts';
import { processesOf, startEntry } from './programs.ts';
import { adminKey, eitherServer, makeReplica, makeWorkerKey } from './replicas.ts';
import { skipWithout } from './requirements.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { sqlitePlace } from './sqlite-place.ts';
import { stackOf } from './test-stack.ts';

// A worker whose disk is full: nothing is lost while that lasts, and a run can be ended.

const lines = 20_000;
const testMs = 300_000;

interface FullWorld {
  readonly disk: SmallDisk;
  readonly hasPrinted: () => boolean;
  /** Lets the agent print, and resolves when it does. */
  readonly printToFullDisk: () => Promise<void>;
  readonly task: () => Promise<Task>;
  readonly cancel: () => Promise<unknown>;
  readonly printed: () => Promise<readonly string[]>;
  readonly processes: () => readonly string[];
}

/** Prints a number a line, of which the disk holds some thousands, once it is told to; says when it has printed. */
function scriptOf(folder: string): string {
  return `touch ${folder}/here; until test -e ${folder}/go-on; do sleep 0.05; done
touch ${folder}/begun
seq -f "line %.0f ${'x'.repeat(150)}" 1 ${lines}
touch ${folder}/printed; echo done > result.txt`;
}

async function startWorld(context: TestContext): Promise<FullWorld> {
  skipWithout('tmpfs', context);
  const { signal } = context;
  const stack = stackOf(context);
  const folder = mkdtempSync(join(tmpdir(), 'verve-full-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const disk = stack.use(mountSmallDisk(64));
  const server = stack.use(await makeReplica({ dataDir: stack.use(sqlitePlace()).dataDir }));
  await server.start();
  const admin = eitherServer([server.url], { key: adminKey }, signal);
  const remote = makeRemote(folder);
  const config = {
    repositories: [remote.url],
    runLogs: 'full',
    agents: [{ name: 'sh', driver: 'command', command: ['sh', '-c', scriptOf(folder)] }],
  };
  writeFileSync(join(folder, 'worker.json'), JSON.stringify(config));
  stack.use(
    startEntry('worker/src/main.ts', {
      VERVE_CONFIG: join(folder, 'worker.json'),
      VERVE_SERVER_URL: server.url,
      VERVE_KEY: await makeWorkerKey(admin),
      VERVE_DATA_DIR: disk.folder,
      VERVE_HEALTH_PORT: '0',
    }),
  );
  const body = { description: 'Count', repository: remote.url };
  const { id } = await admin.ask((client) => client.ask('createTask', { body }));
  const follower = { urls: [server.url], key: adminKey, onReconnect: () => undefined };
  await untilThere(join(folder, 'here'), signal);
  return {
    disk,
    hasPrinted: () => existsSync(join(folder, 'printed')),
    async printToFullDisk() {
      disk.fill();
      writeFileSync(join(folder, 'go-on'), '');
      await untilThere(join(folder, 'begun'), signal);
    },
    task: async () => admin.ask((client) => client.ask('getTask', { params: { id } })),
    cancel: async () => admin.ask((client) => client.ask('cancelTask', { params: { id }, body: {} })),
    printed: async () => (await followLog(follower, id, signal)).flatMap((chunk) => chunk.lines),
    processes: () => processesOf(join(disk.folder, 'worker', 'runs')) ?? [],
  };
}

test(
  'a run that prints while the disk is full waits, and every line arrives',
  async (context) => {
    const world = await startWorld(context);
    await world.printToFullDisk();
    const hadPrinted = world.hasPrinted();

    world.disk.free();
    const printed = await world.printed();

    expect(hadPrinted).toBe(false);
    expect(printed.filter((line) => line.startsWith('line ')).map((line) => line.split(' ')[1])).toEqual(
      Array.from({ length: lines }, (_, n) => String(n + 1)),
    );
    expect(await world.task()).toMatchObject({ status: 'completed', reason: 'BranchPushed', attempt: 1 });
  },
  testMs,
);

test(
  'a run is canceled though the disk stays full',
  async (context) => {
    const world = await startWorld(context);
    await world.printToFullDisk();

    await world.cancel();
    await world.printed();

    expect(await world.task()).toMatchObject({ status: 'canceled', reason: 'Canceled' });
    await expect.poll(world.processes, { timeout: testMs }).toEqual([]);
  },
  testMs,
);
