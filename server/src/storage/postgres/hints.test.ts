import { Client } from 'pg';
import { expect, test, vi } from 'vitest';

import { testLogger, testPostgresStorage } from '../../testing/storage.ts';
import type { HintTopic, Hints } from '../hints.ts';
import { hintTopics } from '../hints.ts';
import { openPostgresStorage } from './storage.ts';

test('a hint reaches the other servers on the database, and its sender only once', async () => {
  await using first = await testPostgresStorage();
  await using second = await openPostgresStorage({ url: first.url, logger: testLogger });
  const [atFirst, atSecond] = [count(first.storage.hints), count(second.hints)];

  first.storage.hints.notify('queue');
  await vi.waitFor(() => expect(atSecond.queue).toBe(1));
  second.hints.notify('logs');
  await vi.waitFor(() => expect(atFirst.logs).toBe(1));

  // The second hint came after the first one's echo would have.
  expect(atFirst).toEqual({ queue: 1, cancels: 0, logs: 1, workers: 0, changes: 0 });
  expect(atSecond).toEqual({ queue: 1, cancels: 0, logs: 1, workers: 0, changes: 0 });
});

test('a server whose connection was lost hears everything once it is back, for hints were lost meanwhile', async () => {
  await using first = await testPostgresStorage();
  const heard = count(first.storage.hints);

  await query(
    first.url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'verve-hints' and datname = current_database()`,
  );

  await vi.waitFor(
    () => expect(heard).toEqual({ queue: 1, cancels: 1, logs: 1, workers: 1, changes: 1 }),
    10_000,
  );
  await query(first.url, `select pg_notify('verve_hints', '{"from":"another","topics":["cancels"]}')`);
  await vi.waitFor(() => expect(heard.cancels).toBe(2));
});

test('a hint of a version that says it otherwise is a hint of everything', async () => {
  await using first = await testPostgresStorage();
  const heard = count(first.storage.hints);

  await query(first.url, `select pg_notify('verve_hints', 'what?')`);

  await vi.waitFor(() => expect(heard).toEqual({ queue: 1, cancels: 1, logs: 1, workers: 1, changes: 1 }));
});

function count(hints: Hints): Record<HintTopic, number> {
  const heard = { queue: 0, cancels: 0, logs: 0, workers: 0, changes: 0 };
  for (const topic of hintTopics) {
    hints.subscribe(topic, () => {
      heard[topic] += 1;
    });
  }
  return heard;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
