import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient, logLevels, type LogLevel, type Task } from '@verve/contract';
import { vi } from 'vitest';

import { makeRemote } from '../chaos/remote.ts';
import { freePort, git, startEntry, type Running } from '../programs.ts';
import { adminKey, eitherServer, makeWorkerKey } from '../replicas.ts';
import { hearChanges, readAnswers } from './answers.ts';
import type { ReadableDatabase } from './database-content.ts';
import type { Places } from './leak-search.ts';
import type { Material, Telling } from './retellings.ts';
import { makeSecrets, randomText, type Secrets } from './secrets.ts';

/** A server, and a worker for each log level, whose agents tell all that they know. */
export interface LeakWorld {
  /** What the workers know to be secret, and a private key that they do not. */
  readonly secrets: Readonly<Record<string, string>>;
  /** At each level, what is not secret: words that the agent has for its work, and a line of the source. */
  readonly innocent: Readonly<Record<LogLevel, { readonly words: string; readonly source: string }>>;
  /** The repository that agents work on. */
  readonly repository: string;
  /** Has a task done, at a level, and waits for its end. */
  perform(level: LogLevel, telling: Telling): Promise<Task>;
  /** All that the server keeps and has told and logged so far, what it answers of tasks, and what the workers log. */
  look(tasks: readonly Task[]): Promise<Places>;
}

/** Starts all of it; the stack ends it. */
export async function startLeakWorld(
  database: ReadableDatabase,
  stack: AsyncDisposableStack,
): Promise<LeakWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-leaks-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const stop = new AbortController();
  const { url, server } = await startServer(database, stack);
  stack.defer(() => stop.abort());
  const changes = await hearChanges(url, stop.signal);
  const key = await makeWorkerKey(eitherServer([url], { key: adminKey }, stop.signal));
  const secrets = makeSecrets(folder, key);
  const innocent = { full: makeInnocent(), events: makeInnocent(), states: makeInnocent() };
  const { url: repository } = makeRemote(folder);
  await pushSources(join(folder, 'seed'), repository, innocent);
  const workers = logLevels.map((level) =>
    stack.use(startWorker({ level, folder, url, key, repository, secrets, words: innocent[level].words })),
  );
  const client = createClient({ baseUrl: url, key: adminKey, fetch });

  async function perform(level: LogLevel, telling: Telling): Promise<Task> {
    const body = { title: 'Keep the ledger', description: telling, repository, agent: level };
    const { id } = await client.ask('createTask', { body });
    return vi.waitFor(
      async () => {
        const task = await client.ask('getTask', { params: { id } });
        if (task.finishedAt === undefined) throw new Error(`it is ${task.status}: ${workers[0]?.err()}`);
        return task;
      },
      { timeout: 200_000, interval: 100 },
    );
  }

  async function look(tasks: readonly Task[]): Promise<Places> {
    const ids = tasks.map(({ id }) => id);
    await vi.waitUntil(() => ids.every((id) => changes.hasEnded(id)), { timeout: 30_000 });
    return {
      ...(await database.read()),
      ...(await readAnswers(url, ids)),
      streamEvents: changes.text(),
      'log of the server': server.out() + server.err(),
      'logs of the workers': workers.map((worker) => worker.out() + worker.err()).join('\n'),
    };
  }

  return {
    secrets: { ...secrets.known, strayKey: secrets.strayKey },
    innocent,
    repository: repository.replace('file://', ''),
    perform,
    look,
  };
}

async function startServer(
  { place }: ReadableDatabase,
  stack: AsyncDisposableStack,
): Promise<{ readonly url: string; readonly server: Running }> {
  const port = await freePort();
  const server = stack.use(
    startEntry('server/src/main.ts', {
      VERVE_PORT: String(port),
      VERVE_HOST: '127.0.0.1',
      ...('databaseUrl' in place
        ? { VERVE_DATABASE_URL: place.databaseUrl }
        : { VERVE_DATA_DIR: place.dataDir }),
      VERVE_ADMIN_KEY: adminKey,
      VERVE_LOG_LEVEL: 'trace',
    }),
  );
  await server.said('Verve listens');
  return { url: `http://127.0.0.1:${port}`, server };
}

function makeInnocent(): LeakWorld['innocent'][LogLevel] {
  return { words: randomText(), source: randomText() };
}

function sourceFileOf(level: LogLevel): string {
  return `ledger-${level}.ts`;
}

async function pushSources(seed: string, repository: string, innocent: LeakWorld['innocent']): Promise<void> {
  for (const level of logLevels) {
    writeFileSync(
      join(seed, sourceFileOf(level)),
      `export const balance = 7;\n// ${innocent[level].source}\n`,
    );
  }
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  await git(seed, 'add', '.');
  await git(seed, ...identity, 'commit', '--quiet', '-m', 'Write the ledger');
  await git(seed, 'push', '--quiet', repository, 'main');
}

interface Starting {
  readonly level: LogLevel;
  readonly folder: string;
  readonly url: string;
  readonly key: string;
  readonly repository: string;
  readonly secrets: Secrets;
  readonly words: string;
}

/** Its name, and its agent's, is the log level. */
function startWorker({ level, folder, url, key, repository, secrets, words }: Starting): Running {
  const home = join(folder, level);
  mkdirSync(home);
  const material: Material = {
    values: { words, ...secrets.known },
    strayKey: secrets.strayKey,
    sourceFile: sourceFileOf(level),
  };
  const materialFile = join(home, 'material.json');
  writeFileSync(materialFile, JSON.stringify(material));
  const agent = {
    name: level,
    driver: 'command',
    command: [process.execPath, fileURLToPath(new URL('telling-agent.ts', import.meta.url)), materialFile],
    ...secrets.agentSettings,
  };
  const config = { repositories: [repository], runLogs: level, agents: [agent], ...secrets.workerSettings };
  const configFile = join(home, 'worker.json');
  writeFileSync(configFile, JSON.stringify(config));
  return startEntry('worker/src/main.ts', {
    VERVE_CONFIG: configFile,
    VERVE_SERVER_URL: url,
    VERVE_KEY: key,
    VERVE_NAME: level,
    VERVE_DATA_DIR: home,
    VERVE_HEALTH_PORT: '0',
    VERVE_LOG_LEVEL: 'trace',
  });
}
