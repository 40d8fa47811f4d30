import { join } from 'node:path';

import { createClient } from '@verve/contract';

import { loadConfig, type AgentSettings } from '../config.ts';
import { openFileJournal } from '../journals/file.ts';
import { work } from '../worker.ts';
import { processExecutor, silent } from './run.ts';

/** What a test says of a worker; everything else is as usual. */
export interface TestWorkerOptions {
  readonly folder: string;
  readonly url: string;
  readonly repository: string;
  /** The script of the agent `sh`. */
  readonly script?: string;
}

/** A whole worker in this process, on a real journal and real processes; disposing of it is its SIGTERM. */
export async function startWorker(options: TestWorkerOptions): Promise<AsyncDisposable> {
  const { folder, url, repository, script = 'true' } = options;
  const { settings } = loadConfig({ VERVE_KEY: 'k', VERVE_DATA_DIR: folder, PATH: process.env['PATH'] });
  const sh: AgentSettings = {
    name: 'sh',
    driver: 'command',
    command: ['sh', '-c', script],
    environment: {},
    environmentFiles: {},
    stallSeconds: 600,
  };
  const executor = processExecutor(folder);
  const journal = await openFileJournal(join(folder, 'journal'), silent);
  const client = createClient({ baseUrl: url, key: 'k', fetch });
  const stop = new AbortController();
  const done = work(
    {
      client,
      executor,
      journal,
      settings: { ...settings, agents: [...settings.agents, sh], repositories: [repository] },
      instance: 'test',
      version: '0.0.0',
      now: Date.now,
      logger: silent,
    },
    stop.signal,
  );
  done.catch(() => undefined);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done.catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      await executor[Symbol.asyncDispose]();
    },
  };
}
