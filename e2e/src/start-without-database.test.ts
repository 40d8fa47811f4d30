import { createClient } from '@verve/contract';
import { expect, test } from 'vitest';

import { isRefusal } from './answer-watch.ts';
import { ownPostgres } from './database.ts';
import { adminKey, makeReplica, type Replica } from './replicas.ts';
import { skipWithout } from './requirements.ts';
import { mountSmallDisk } from './small-disk.ts';
import { lockSqlite } from './sqlite-lock.ts';
import { sqlitePlace } from './sqlite-place.ts';
import { stackOf } from './test-stack.ts';

const timeout = 60_000;

test.concurrent('a server whose Postgres is away waits for it, alive', { timeout }, async (context) => {
  const stack = stackOf(context);
  const postgres = stack.use(await ownPostgres());
  await postgres.stop();
  const server = stack.use(await makeReplica({ databaseUrl: postgres.url }));

  server.launch();
  await expectToWait(server);
  await postgres.start();
  await server.untilOk('readyz');

  expect(await projectNames(server, adminKey)).toEqual(['default']);
});

test.concurrent('so does one whose SQLite file is locked', { timeout }, async (context) => {
  const stack = stackOf(context);
  const place = stack.use(sqlitePlace());
  const server = stack.use(await makeReplica(place));
  await server.start();
  await server.kill();

  const lock = stack.use(await lockSqlite(place.file));
  server.launch();
  await expectToWait(server);
  await lock[Symbol.asyncDispose]();
  await server.untilOk('readyz');

  expect(await projectNames(server, adminKey)).toEqual(['default']);
});

test.concurrent('so does one that has no room for a new admin key', { timeout }, async (context) => {
  skipWithout('tmpfs', context);
  const stack = stackOf(context);
  const disk = stack.use(mountSmallDisk());
  const place = { dataDir: disk.folder };
  const before = stack.use(await makeReplica(place));
  await before.start();
  await before.kill();
  const newKey = 'verve_another_admin_key';
  const server = stack.use(await makeReplica(place, { VERVE_ADMIN_KEY: newKey }));

  disk.fill();
  server.launch();
  await expectToWait(server);
  disk.free();
  await server.untilOk('readyz');

  expect(await projectNames(server, newKey)).toEqual(['default']);
});

/** Alive, and telling everybody else to come again. */
async function expectToWait(server: Replica): Promise<void> {
  await server.untilOk('healthz');
  for (const path of ['/readyz', '/api/v1/tasks']) {
    const answer = await fetch(server.url + path);
    expect(await answer.clone().text()).toContain('it waits for its database');
    expect(await isRefusal(answer)).toBe(true);
  }
}

async function projectNames({ url: baseUrl }: Replica, key: string): Promise<string[]> {
  const { projects } = await createClient({ baseUrl, key, fetch }).ask('listProjects');
  return projects.map((project) => project.name);
}
