import { createServer } from 'node:http';

import type { TestProject } from 'vitest/node';

import { startPostgresCluster } from './postgres-cluster.ts';
import type { PostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers a GET with the URL of the test run's Postgres. */
    postgresDoor: string;
  }
}

let cluster: Promise<PostgresCluster> | undefined;

const door = createServer((_request, response) => {
  cluster ??= startPostgresCluster();
  cluster.then(
    ({ url }) => response.end(url),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

/** One Postgres per test run, started when the first suite asks for it: a run that needs none does not wait for one. */
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
  const started = await cluster?.catch(() => undefined);
  await started?.[Symbol.asyncDispose]();
}
