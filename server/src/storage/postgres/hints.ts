import { randomBytes } from 'node:crypto';

import { sql } from 'kysely';
import { Client } from 'pg';
import postgres from 'postgres';
import { z } from 'zod';

import { hintTopics } from '../hints.ts';
import type { Hints } from '../hints.ts';
import { createLocalHints } from '../local-hints.ts';
import { createHintOutbox } from './hint-outbox.ts';
import { connectionSettings } from './open.ts';
import type { PostgresDatabase, PostgresOptions } from './open.ts';

/** Hints that end their connection when disposed of. */
export type PostgresHints = Hints & AsyncDisposable;

/** What a server tells the others: who it is, so that it leaves out its own echo, and which topics. */
const message = z.object({ from: z.string(), topics: z.array(z.enum(hintTopics)).readonly() });

const channel = 'verve_hints';

/**
 * Hints to this process at once, and to the servers on the same database by NOTIFY. Listens on a connection of its own
 * that comes back by itself; since hints were lost meanwhile, every topic is then hinted. Throws StorageUnavailable's
 * causes when the database cannot be reached now.
 */
export async function openPostgresHints(
  database: PostgresDatabase,
  options: PostgresOptions,
): Promise<PostgresHints> {
  const from = randomBytes(8).toString('hex');
  const local = createLocalHints();
  const outbox = createHintOutbox((topics) => tell(database, { from, topics }), options.logger);
  const connection = postgres(listenerSettings(options));
  const hear = (payload: string): void => {
    const heard = parse(payload);
    if (heard.from !== from) heard.topics.forEach((topic) => local.notify(topic));
  };
  try {
    await connection.listen(channel, hear, () => hintTopics.forEach((topic) => local.notify(topic)));
  } catch (error) {
    await connection.end({ timeout: 0 });
    throw error;
  }
  return {
    notify(topic) {
      local.notify(topic);
      outbox.add(topic);
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    async [Symbol.asyncDispose]() {
      outbox[Symbol.dispose]();
      await connection.end({ timeout: 1 });
    },
  };
}

async function tell({ kysely }: PostgresDatabase, hint: z.input<typeof message>): Promise<void> {
  await sql`select pg_notify(${channel}, ${JSON.stringify(hint)})`.execute(kysely);
}

/** What cannot be read comes from a version that knows more: everything may have changed. */
function parse(payload: string): z.infer<typeof message> {
  try {
    return message.parse(JSON.parse(payload));
  } catch {
    return { from: '', topics: [...hintTopics] };
  }
}

/** The same database as the pool's, read from the URL by the same parser. */
function listenerSettings(options: PostgresOptions): postgres.Options<Record<string, never>> {
  const { host, port, user, password, database, ssl } = new Client(connectionSettings(options));
  return {
    host,
    port,
    ssl,
    max: 1,
    connect_timeout: (options.connectTimeoutMs ?? 5_000) / 1_000,
    backoff: (retries) => Math.min(0.05 * 2 ** retries, 2),
    connection: { application_name: 'verve-hints' },
    onnotice: () => undefined,
    ...(user !== undefined && { user }),
    ...(typeof password === 'string' && { password }),
    ...(database !== undefined && { database }),
  };
}
