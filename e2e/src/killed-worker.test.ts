import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { createPart, type Part } from './chaos/part.ts';
import { followLog } from './follower.ts';
import { makeHeldRemote, untilThere, type HeldRemote } from './held-remote.ts';
import { processesOf } from './programs.ts';
import { adminKey, eitherServer, makeReplica, makeWorkerKey, type EitherServer } from './replicas.ts';
import { sqlitePlace } from './sqlite-place.ts';
import { stackOf } from './test-stack.ts';

const lines = 20_000;
const expected = Array.from({ length: lines }, (_, n) => `line ${n + 1}`);

test(`kill -9 of the worker in each phase and of the server: ${lines} lines arrive once, and one push`, async (context) => {
  const { signal } = context;
  const stack = stackOf(context);
  const folder = mkdtempSync(join(tmpdir(), 'verve-killed-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  stack.defer(() => killRuns(folder));
  const { dataDir } = stack.use(sqlitePlace());
  const server = stack.use(await makeReplica({ dataDir }));
  await server.start();
  const admin = eitherServer([server.url], { key: adminKey }, signal);
  const remote = makeHeldRemote(folder);
  const worker = stack.use(await createWorker({ folder, remote, url: server.url, admin }));
  const marks = (name: string): string => join(folder, name);
  worker.start();
  const { id } = await createTask(admin, remote);

  await remote.held('upload-pack', signal);
  await restart(worker, () => remote.letGo('upload-pack'));

  await untilThere(marks('half'), signal);
  await restart(worker, () => writeFileSync(marks('go-on'), ''));

  await untilThere(marks('printed'), signal);
  await server.kill();
  writeFileSync(marks('end'), '');
  await untilThere(marks(`worker/worker/runs/${runOf(folder)}/agent.exit.json`), signal);
  await restart(worker, () => undefined);
  await server.start();

  await remote.held('receive-pack', signal);
  await restart(worker, () => remote.letGo('receive-pack'));

  const follower = { urls: [server.url], key: adminKey, onReconnect: () => undefined };
  const chunks = await followLog(follower, id, signal);
  const task = await admin.ask((client) => client.ask('getTask', { params: { id } }));

  const told = chunks.flatMap((chunk) => chunk.lines);
  expect(told.filter((line) => line.startsWith('line '))).toEqual(expected);
  expect(task).toMatchObject({ status: 'completed', reason: 'BranchPushed', attempt: 1 });
  expect(task.attempts.map((attempt) => attempt.status)).toEqual(['completed']);
  expect(remote.pushesTo(`verve/${id}`)).toEqual([task.commit]);
}, 300_000);

/** Runs outlive their worker; they must not outlive the test. */
function killRuns(folder: string): void {
  for (const pid of processesOf(folder) ?? []) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** Gone without a word, and started again; what happens meanwhile nobody sees. */
async function restart(worker: Part, meanwhile: () => void): Promise<void> {
  await worker.kill();
  meanwhile();
  worker.start();
}

function runOf(folder: string): string {
  const [run = ''] = readdirSync(join(folder, 'worker', 'worker', 'runs'));
  return run;
}

async function createTask(admin: EitherServer, remote: HeldRemote): Promise<Task> {
  const body = { description: 'Count', repository: remote.url };
  return admin.ask((client) => client.ask('createTask', { body }));
}

interface WorkerOptions {
  readonly folder: string;
  readonly remote: HeldRemote;
  readonly url: string;
  readonly admin: EitherServer;
}

/** The agent prints a half, waits, prints the other half, waits again, and leaves a file. */
async function createWorker({ folder, remote, url, admin }: WorkerOptions): Promise<Part> {
  const script = `seq -f "line %.0f" 1 ${lines / 2}
touch ${folder}/half; until test -e ${folder}/go-on; do sleep 0.05; done
seq -f "line %.0f" ${lines / 2 + 1} ${lines}
touch ${folder}/printed; until test -e ${folder}/end; do sleep 0.05; done
echo done > result.txt`;
  const config = {
    repositories: [remote.url],
    runLogs: 'full',
    agents: [{ name: 'sh', driver: 'command', command: ['sh', '-c', script] }],
    gitEnvironment: { GIT_SSH_COMMAND: remote.sshCommand },
  };
  const path = join(folder, 'worker.json');
  writeFileSync(path, JSON.stringify(config));
  return createPart('worker', 'worker/src/main.ts', {
    VERVE_CONFIG: path,
    VERVE_SERVER_URL: url,
    VERVE_KEY: await makeWorkerKey(admin),
    VERVE_DATA_DIR: join(folder, 'worker'),
    VERVE_HEALTH_PORT: '0',
    VERVE_LOG_LEVEL: 'warn',
  });
}
