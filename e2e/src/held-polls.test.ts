import { createClient, type Client } from '@verve/contract';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { freshDatabase, type Database } from './database.ts';
import { adminKey, startReplica, type Replica } from './replicas.ts';
import { countStatements, type StatementCounter } from './statement-counter.ts';

const waitSeconds = '30';
const repository = 'https://git.example/acme/app.git';

let database: Database;
let counter: StatementCounter;
let replica: Replica;
let client: Client;
let workerIds: string[];

beforeAll(async () => {
  database = await freshDatabase();
  counter = await countStatements(database.url);
  replica = await startReplica(counter.url);
  client = createClient({ baseUrl: replica.url, key: adminKey, fetch });
  workerIds = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const body = {
        name: `w${index}`,
        version: '1',
        executor: 'fake',
        capacity: 100,
        labels: { n: `${index}` },
      };
      return (await client.ask('registerWorker', { body })).id;
    }),
  );
});

afterAll(async () => {
  await replica?.[Symbol.asyncDispose]();
  await counter?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** Holds polls, spread over the workers, until the signal; they may bring a claim each. */
function hold(count: number, signal: AbortSignal, slots = '1'): Promise<string[]>[] {
  return Array.from({ length: count }, async (_, index) => {
    const query = { workerId: workerIds[index % workerIds.length] ?? '', slots, waitSeconds };
    const answer = await client.call('pollTasks', { query, signal }).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    return (answer?.claims ?? []).map((claim) => claim.task.id);
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${replica.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function untilHeld(count: number): Promise<void> {
  await vi.waitFor(async () => expect(await metric('verve_held_polls')).toBe(count), { timeout: 30_000 });
}

/** What the arrival of many polls takes has come to its end: a sweep has brought no more than itself. */
async function untilQuiet(): Promise<void> {
  await vi.waitFor(async () => expect(await statementsDuring(1)).toBeLessThan(10), { timeout: 90_000 });
}

/** Statements that the server ran during some sweeps. */
async function statementsDuring(sweeps: number): Promise<number> {
  // What arrived just before still has its statements under way when the newest sweep ends, not when the next one does.
  let seen = await nextSweep(await nextSweep(0));
  const before = counter.statements;
  for (let passed = 0; passed < sweeps; passed += 1) seen = await nextSweep(seen);
  return counter.statements - before;
}

async function nextSweep(last: number): Promise<number> {
  const look = async (): Promise<number> => {
    const sweptAt = await metric('verve_sweep_last_success_timestamp_seconds');
    expect(sweptAt).toBeGreaterThan(last);
    return sweptAt;
  };
  return vi.waitFor(look, { timeout: 20_000, interval: 50 });
}

/** Ends claims, which would otherwise be taken back and given to the polls of the next test. */
async function complete(ids: readonly string[]): Promise<void> {
  const body = { attempt: 1, status: 'completed', reason: 'NoChanges', lastSeq: 0 } as const;
  await Promise.all(ids.map((id) => client.ask('completeTask', { params: { id }, body })));
}

test('200 held polls take 200 tasks, each once', async () => {
  const stop = new AbortController();
  const polls = hold(200, stop.signal);
  await untilHeld(200);

  const made = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      client.ask('createTask', { body: { description: `task ${n}`, repository } }),
    ),
  );
  const claimed = (await Promise.all(polls)).flat();

  expect(claimed.toSorted()).toEqual(made.map((task) => task.id).toSorted());
  await complete(claimed);
});

test('a poll that comes after the task still gets it', async () => {
  const task = await client.ask('createTask', { body: { description: 'early', repository } });

  const [claimed = []] = await Promise.all(hold(1, new AbortController().signal));

  expect(claimed).toEqual([task.id]);
  await complete(claimed);
});

test('a held poll runs no statement', async () => {
  const polls = 400;
  // A sweep asks once whether there is a cancellation for any of them.
  const few = 20;
  const without = await statementsDuring(4);
  const stop = new AbortController();
  const held = hold(polls, stop.signal);
  await untilHeld(polls);

  await untilQuiet();
  const together = await statementsDuring(4);
  stop.abort();
  await Promise.all(held);

  console.log(`statements during 4 sweeps: ${without} with no poll held, ${together} with ${polls} held`);
  expect(together - without).toBeLessThan(few);
});
