import { Client } from 'pg';
import { expect, test, vi } from 'vitest';

import { testPostgresStorage } from '../../testing/storage.ts';
import { sampleProject, sampleTask } from '../contract/samples.ts';
import type { Storage } from '../storage.ts';

test('a transaction that began first and commits last is not skipped', async () => {
  await using opened = await testPostgresStorage();
  const { storage } = opened;
  const project = sampleProject();
  await storage.projects.create(project);
  const [early, late] = [sampleTask(project.id), sampleTask(project.id)];
  await storage.tasks.create(early);
  await storage.tasks.create(late);
  const start = await storage.changes.head();
  const client = new Client({ connectionString: opened.url });
  await client.connect();
  await client.query('begin');
  await client.query(`update tasks set waiting = 'early', changed = pg_current_xact_id() where id = $1`, [
    early.id,
  ]);
  await storage.tasks.change({ id: late.id }, () => ({ task: { waiting: 'late' } }));

  const reader = await storage.changes.read({ after: start, limit: 10 });
  const head = await storage.changes.head();
  await client.query('commit');
  await client.end();

  // A reader that looked in between goes on from before the open transaction, and so does one that came then.
  expect(waitings(reader)).toEqual([]);
  for (const after of [reader.next, head]) {
    await vi.waitFor(async () => {
      expect(waitings(await storage.changes.read({ after, limit: 10 }))).toEqual(['early', 'late']);
    });
  }
});

test('readers that follow while writers commit in any order miss nothing', async () => {
  await using opened = await testPostgresStorage();
  const { storage } = opened;
  const project = sampleProject();
  await storage.projects.create(project);
  let after = await storage.changes.head();
  const seen = new Set<string>();
  const tasks = Array.from({ length: 200 }, () => sampleTask(project.id));

  const writing = Promise.all(tasks.map((task) => storage.tasks.create(task)));
  await vi.waitFor(
    async () => {
      const page = await storage.changes.read({ after, limit: 7 });
      after = page.next;
      for (const { change } of page.changes) if (change.kind === 'task') seen.add(change.task.id);
      expect(seen.size).toBe(tasks.length);
    },
    { timeout: 20_000, interval: 1 },
  );
  await writing;

  expect(seen).toEqual(new Set(tasks.map(({ id }) => id)));
});

function waitings(page: Awaited<ReturnType<Storage['changes']['read']>>): (string | undefined)[] {
  return page.changes.map(({ change }) => (change.kind === 'task' ? change.task.waiting : undefined));
}
