import { createClient, type AttemptRef, type PollAnswer } from '@verve/contract';

import { adminKey } from './replicas.ts';

/** A worker that does only what it is told, and takes only the tasks that are given to it by name. */
export interface HandWorker {
  /** Creates a task for it. */
  give(): Promise<string>;
  /** Waits for up to 30 s. */
  poll(): Promise<PollAnswer | undefined>;
  /** What is no longer its own. */
  beat(running: AttemptRef): Promise<readonly AttemptRef[]>;
  /** Sends the chunk of a number, always the same. */
  write(ref: AttemptRef, seq: number): Promise<void>;
  complete(ref: AttemptRef, lastSeq: number): Promise<void>;
}

/** What it calls, and how. */
export interface HandWorkerParts {
  readonly url: string;
  readonly key: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** Registers one. Its calls are made once and throw what the server answers. */
export async function registerHandWorker(name: string, parts: HandWorkerParts): Promise<HandWorker> {
  const { url: baseUrl, key, fetch, signal } = parts;
  const admin = createClient({ baseUrl, key: adminKey, fetch });
  const client = createClient({ baseUrl, key, fetch });
  const labels = { only: name };
  const repository = `https://git.example/acme/${name}.git`;
  const self = {
    name,
    version: '0.1.0',
    executor: 'simulated',
    capacity: 1,
    labels,
    repositories: [repository],
  };
  const { id } = await client.ask('registerWorker', { body: self });
  return {
    give: async () => {
      const body = { description: `For ${name}`, repository, requires: labels };
      return (await admin.ask('createTask', { body })).id;
    },
    poll: () => client.call('pollTasks', { query: { workerId: id, slots: '1' }, signal }),
    beat: async (running) =>
      (await client.ask('heartbeat', { params: { id }, body: { running: [running] } })).lost,
    write: async ({ taskId, attempt }, seq) => {
      const body = { attempt, seq, at: [seq], streams: 'o', lines: [`line ${seq}`] };
      await client.ask('appendLogs', { params: { id: taskId }, body });
    },
    complete: async ({ taskId, attempt }, lastSeq) => {
      const body = { attempt, status: 'completed', reason: 'NoChanges', lastSeq } as const;
      await client.ask('completeTask', { params: { id: taskId }, body });
    },
  };
}
