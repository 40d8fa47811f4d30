import { createServer } from 'node:http';

import type { TestProject } from 'vitest/node';

import { startPostgresCluster } from './postgres-cluster.ts';
import type { PostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Answers a GET with the URL of the test run's Postgres. `POST /<name>/start` starts one that only those who know
     * the name use, made the first time, and answers with its URL; `POST /<name>/stop` stops it.
     */
    postgresDoor: string;
  }
}

/** By name; the one without a name is everybody's. */
const clusters = new Map<string, Promise<PostgresCluster>>();

const door = createServer((request, response) => {
  serve(request.url ?? '/').then(
    (url) => response.end(url),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

/** The URL of the Postgres that a path names, after doing what the path says. */
async function serve(path: string): Promise<string> {
  const [name = '', action] = path.slice(1).split('/');
  const known = clusters.get(name);
  const making = known ?? startPostgresCluster();
  clusters.set(name, making);
  const cluster = await making;
  if (action === 'stop') await cluster.stop();
  if (action === 'start' && known) await cluster.start();
  return cluster.url;
}

/** One Postgres for the test run, started when the first suite asks for it: a run that needs none does not wait for one. */
export async function setup(project: TestProject): Promise<void> {
  await new Promise<void>((resolve) => {
    door.listen(0, '127.0.0.1', resolve);
  });
  const address = door.address();
  if (typeof address !== 'object' || address === null) throw new Error('the door has no port');
  project.provide('postgresDoor', `http://127.0.0.1:${address.port}`);
}

/** Called at the end of the run, whatever became of the tests. */
export async function teardown(): Promise<void> {
  door.close();
  door.closeAllConnections();
  await Promise.all(
    [...clusters.values()].map(async (making) => {
      const started = await making.catch(() => undefined);
      await started?.[Symbol.asyncDispose]();
    }),
  );
}
