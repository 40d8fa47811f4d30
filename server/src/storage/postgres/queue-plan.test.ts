import { newId } from '@verve/contract';
import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { testLogger } from '../../testing/storage.ts';
import type { ClaimRequest } from '../queue-store.ts';
import { advance, taskIdsSince, wholeQueue, type Watermark } from '../sql/watermark.ts';
import { migratePostgres } from './migrate.ts';
import { openPostgres, type PostgresDatabase } from './open.ts';
import { claimStatement } from './queue-claim.ts';
import { createPostgresQueueStore } from './queue.ts';

const projectId = newId('project');
const request: ClaimRequest = {
  fit: { projectId, labels: {}, agents: ['demo'], repositories: ['https://git.example/**'] },
  workerIds: Array.from({ length: 10 }, () => newId('worker')),
  nowMs: Date.now(),
  leaseUntilMs: Date.now() + 30_000,
};
const half = advance(wholeQueue, { priority: 1, id: idOf('pending', 10_000) }, taskIdsSince(Date.now()));

let server: TestDatabase;
let database: PostgresDatabase;
beforeAll(async () => {
  server = await testDatabase();
  const options = { url: server.url, logger: testLogger };
  await migratePostgres(options);
  database = openPostgres(options);
  await sql`insert into projects (id, name, created_at) values (${projectId}, 'p', 0)`.execute(
    database.kysely,
  );
  // The statistics are what each test says they are.
  await sql`alter table tasks set (autovacuum_enabled = false)`.execute(database.kysely);
  await seed('completed');
  await sql`analyze tasks`.execute(database.kysely);
  await seed('pending');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('with statistics that know no pending task, the queue is read by its index alone', async () => {
  for (const watermark of [wholeQueue, half]) expectQueueOrder(await plan(watermark));
});

test('with fresh statistics, the queue is read by its index alone', async () => {
  await sql`analyze tasks`.execute(database.kysely);

  for (const watermark of [wholeQueue, half]) expectQueueOrder(await plan(watermark));
});

test('a task that another claim has locked is passed over, not waited for', async () => {
  const locking = await database.pool.connect();
  await locking.query('begin');
  const first = await locking.query<{ id: string }>(
    `select id from tasks where status = 'pending' order by priority desc, id limit 1 for update`,
  );
  try {
    const [claimed] = await createPostgresQueueStore(database).claim(request);

    expect(claimed?.priority).toBe(2);
    expect(claimed?.id).not.toBe(first.rows[0]?.id);
  } finally {
    await locking.query('rollback');
    locking.release();
  }
});

test('what was claimed behind a long transaction is not read again above the watermark', async () => {
  const queue = createPostgresQueueStore(database);
  const pinned = await database.pool.connect();
  await pinned.query('begin isolation level repeatable read');
  await pinned.query('select count(*) from tasks');
  try {
    const workerIds = Array.from({ length: 100 }, () => newId('worker'));
    for (let claims = 0; claims < 100; claims++) await queue.claim({ ...request, workerIds });

    const claimed = await sql<{ priority: number; id: string }>`
      select priority, id from tasks where status = 'running' order by priority desc, id desc limit 1
    `.execute(database.kysely);
    const known = advance(wholeQueue, claimed.rows[0], taskIdsSince(Date.now()));
    const [without, within] = [await plan(wholeQueue), await plan(known)];

    expect(buffersOf(without)).toBeGreaterThan(500);
    expect(buffersOf(within)).toBeLessThan(100);
    const [next] = await queue.claim(request);
    expect(next).toMatchObject({ priority: 2, status: 'running' });
  } finally {
    await pinned.query('rollback');
    pinned.release();
  }
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/** The part of the statement's plan that picks tasks, as it was run and rolled back. */
async function plan(watermark: Watermark): Promise<PlanNode> {
  const { sql: text, parameters } = claimStatement(database, request, watermark).compile(database.kysely);
  const transaction = await database.kysely.startTransaction().execute();
  try {
    const explain = CompiledQuery.raw(`explain (analyze, buffers, format json) ${text}`, [...parameters]);
    const { rows } = await transaction.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain);
    const picked = rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan));
    const found = picked.find((node) => node['Subplan Name'] === 'CTE picked');
    if (found === undefined) throw new Error('the plan has no part that picks tasks');
    return found;
  } finally {
    await transaction.rollback().execute();
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function expectQueueOrder(picked: PlanNode): void {
  const nodes = nodesOf(picked);
  const reads = nodes.filter((node) => node['Relation Name'] === 'tasks');
  expect(reads.length).toBeGreaterThan(0);
  for (const node of reads) expect(node['Index Name']).toBe('tasks_queue');
  expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
  expect(buffersOf(picked)).toBeLessThan(100);
}

function buffersOf(node: PlanNode): number {
  return node['Shared Hit Blocks'] + node['Shared Read Blocks'];
}

function idOf(status: 'pending' | 'completed', index: number): string {
  return `tsk_00${status === 'pending' ? 2 : 1}${String(index).padStart(23, '0')}`;
}

/** A hundred thousand tasks of three priorities. */
async function seed(status: 'pending' | 'completed'): Promise<void> {
  await sql`
    insert into tasks (id, project_id, title, description, repository, priority, labels, requires, max_attempts,
      timeout_seconds, allowed_failures, created_by, created_at, status, agent)
    select ${idOf(status, 0).slice(0, 7)}::text || lpad(i::text, 23, '0'), ${projectId}, 't', 'd',
      'https://git.example/a', i % 3, '{}', '{}', 1, 60, 1, 'me', 0, ${status}, 'demo'
    from generate_series(1, 100000) i
  `.execute(database.kysely);
}
