import { randomBytes } from 'node:crypto';

import { sql } from 'kysely';
import { Client } from 'pg';
import postgres from 'postgres';
import { z } from 'zod';

import { hintTopics } from '../hints.ts';
import type { HintTopic, Hints } from '../hints.ts';
import { createLocalHints } from '../local-hints.ts';
import { connectionSettings } from './open.ts';
import type { PostgresDatabase, PostgresOptions } from './open.ts';

/** Hints that end their connection when disposed of. */
export type PostgresHints = Hints & AsyncDisposable;

/** What a server tells the others: who it is, so that it leaves out its own echo, and which topics. */
const message = z.object({ from: z.string(), topics: z.array(z.enum(hintTopics)) });

const channel = 'verve_hints';

/** A topic is told to other servers at most this often, first and last of a burst included. */
const throttleMs = 20;

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
  const outbox = createOutbox((topics) => tell(database, JSON.stringify({ from, topics })), options);
  const listener = postgres(listenerSettings(options));
  const hear = (payload: string): void => {
    const heard = parse(payload);
    if (heard.from !== from) heard.topics.forEach((topic) => local.notify(topic));
  };
  try {
    await listener.listen(channel, hear, () => hintTopics.forEach((topic) => local.notify(topic)));
  } catch (error) {
    await listener.end({ timeout: 0 });
    throw error;
  }
  return {
    notify(topic) {
      local.notify(topic);
      outbox.add(topic);
    },
    subscribe: local.subscribe,
    async [Symbol.asyncDispose]() {
      outbox[Symbol.dispose]();
      await listener.end({ timeout: 1 });
    },
  };
}

async function tell({ kysely }: PostgresDatabase, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(kysely);
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

interface Outbox extends Disposable {
  add(topic: HintTopic): void;
}

/**
 * Sends topics of one tick together, and each topic at the leading and the trailing edge of a burst. An outage is
 * logged once; what could not be sent is lost, as hints may be.
 */
function createOutbox(
  send: (topics: readonly HintTopic[]) => Promise<void>,
  { logger }: Pick<PostgresOptions, 'logger'>,
): Outbox {
  const batch = new Set<HintTopic>();
  /** Topics told lately, and whether there is something to tell again. */
  const resting = new Map<HintTopic, { timer: NodeJS.Timeout; isDue: boolean }>();
  let isAway = false;
  let isClosed = false;

  function flush(): void {
    const topics = [...batch];
    batch.clear();
    if (isClosed) return;
    send(topics).then(
      () => {
        isAway = false;
      },
      (error: unknown) => {
        if (!isAway) logger.warn({ err: error }, 'hints do not reach other servers');
        isAway = true;
      },
    );
  }

  function add(topic: HintTopic): void {
    const rest = resting.get(topic);
    if (rest !== undefined) {
      rest.isDue = true;
      return;
    }
    if (isClosed) return;
    if (batch.size === 0) setImmediate(flush);
    batch.add(topic);
    resting.set(topic, { timer: setTimeout(() => wake(topic), throttleMs), isDue: false });
  }

  function wake(topic: HintTopic): void {
    const isDue = resting.get(topic)?.isDue;
    resting.delete(topic);
    if (isDue === true) add(topic);
  }

  return {
    add,
    [Symbol.dispose]() {
      isClosed = true;
      for (const { timer } of resting.values()) clearTimeout(timer);
    },
  };
}
