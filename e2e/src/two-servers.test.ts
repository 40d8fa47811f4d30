import type { AttemptRef } from '@verve/contract';
import { expect, test, vi } from 'vitest';

import { backgroundWork } from './background-work.ts';
import { freshDatabase } from './database.ts';
import { followCompletions, followLog, type Follower } from './follower.ts';
import { adminKey, eitherServer, makeWorkerKey, startReplica, type EitherServer } from './replicas.ts';
import { linesIn, linesWrittenFor, simulateWorker } from './simulated-worker.ts';

const taskCount = 1_000;
const workerCount = 50;
const logFollowerCount = 20;
const eventFollowerCount = 3;
const withinMs = 240_000;

test(
  'two servers are one: nothing is lost or doubled when one is killed and comes back',
  { timeout: withinMs + 60_000 },
  async () => {
    await using database = await freshDatabase();
    await using first = await startReplica(database.url);
    await using second = await startReplica(database.url);
    // Ends before the servers do, also when an expectation fails.
    await using background = backgroundWork();
    const { signal } = background;
    const urls = [first.url, second.url];
    const admin = eitherServer(urls, { key: adminKey }, signal);
    const completed: AttemptRef[] = [];
    const counts = { superseded: 0, reconnects: 0 };
    const events = {
      onCompleted: (ref: AttemptRef) => completed.push(ref),
      onSuperseded: () => (counts.superseded += 1),
    };
    // Half of them begin at the server that will be killed.
    const follower = (index: number): Follower => ({
      urls: index % 2 === 0 ? urls : urls.toReversed(),
      key: adminKey,
      onReconnect: () => (counts.reconnects += 1),
    });
    const untilCompleted = (share: number): Promise<unknown> =>
      background.orFailure(
        vi.waitFor(() => expect(completed.length).toBeGreaterThanOrEqual(share * taskCount), {
          timeout: withinMs,
          interval: 20,
        }),
      );

    const changes = range(eventFollowerCount).map((index) =>
      background.add(followCompletions(follower(index), taskCount, signal)),
    );
    const workerKey = await makeWorkerKey(admin);
    const taskIds = await createTasks(admin);
    const followed = taskIds.filter((_, index) => index % (taskCount / logFollowerCount) === 0);
    const logs = followed.map((id, index) => background.add(followLog(follower(index), id, signal)));
    const startedAt = performance.now();
    for (const index of range(workerCount)) {
      const servers = eitherServer(urls, { key: workerKey }, signal);
      void background.add(simulateWorker({ name: `w${index}`, servers, events }, signal));
    }
    await untilCompleted(0.3);
    await second.kill();
    await untilCompleted(0.5);
    await second.start();
    await untilCompleted(1);
    const seconds = (performance.now() - startedAt) / 1_000;

    const tasks = await inBatches(taskIds, (id) =>
      admin.ask((client) => client.ask('getTask', { params: { id } })),
    );
    const attempts = tasks.flatMap((task) => task.attempts);
    expect(tasks.filter((task) => task.status !== 'completed')).toEqual([]);
    expect(attempts.filter((attempt) => attempt.status === 'completed')).toHaveLength(taskCount);
    expect(completed.map(({ taskId }) => taskId).toSorted()).toEqual(taskIds.toSorted());
    for (const task of tasks) expect(linesIn(task)).toEqual(linesWrittenFor(task));
    for (const [index, chunks] of (await background.orFailure(Promise.all(logs))).entries()) {
      expect(chunks).toEqual(tasks.find(({ id }) => id === followed[index])?.logs.chunks);
    }
    for (const told of await background.orFailure(Promise.all(changes))) {
      expect([...told].toSorted()).toEqual(taskIds.toSorted());
    }
    console.log(
      `two servers: ${taskCount} tasks by ${workerCount} workers in ${seconds.toFixed(1)} s, ` +
        `${tasks.flatMap(linesIn).length} log lines, ${attempts.length - taskCount} attempts taken back, ` +
        `${counts.superseded} workers told so, ${logs.length + changes.length} streams that went on ` +
        `${counts.reconnects} times at the other server`,
    );
  },
);

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function createTasks(admin: EitherServer): Promise<string[]> {
  return inBatches(range(taskCount), async (index) => {
    const body = { description: `Task ${index}`, repository: 'https://git.example/acme/app.git' };
    const headers = { 'idempotency-key': `task-${index}` };
    return (await admin.ask((client) => client.ask('createTask', { body, headers }))).id;
  });
}

async function inBatches<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += 20) {
    results.push(...(await Promise.all(items.slice(start, start + 20).map(act))));
  }
  return results;
}
