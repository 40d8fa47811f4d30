import { setTimeout as pause } from 'node:timers/promises';

import type { AttemptRef, TaskDetail } from '@verve/contract';

import { watchAnswers, type AnswerWatch } from './answer-watch.ts';
import { backgroundWork } from './background-work.ts';
import { adminKey, eitherServer, makeWorkerKey, type EitherServer } from './replicas.ts';
import { simulateWorker } from './simulated-worker.ts';

const creatorCount = 4;
const workerCount = 3;
const repository = 'https://git.example/acme/app.git';

/** What is there when all work is done. */
interface Settled {
  /** Ids of tasks by the name under which each was created. */
  readonly created: ReadonlyMap<string, string>;
  /** The same, when all of it is asked for once more. */
  readonly again: ReadonlyMap<string, string>;
  /** What the server has of them, or twice. */
  readonly stored: readonly TaskDetail[];
  /** Attempts that were taken from a worker. */
  readonly superseded: readonly AttemptRef[];
}

/** People who create a task after the other, and workers who run them. Each call is made until it is taken. */
export interface Load extends AsyncDisposable {
  readonly answers: AnswerWatch;
  readonly workerKey: string;
  /** Resolves when so many more tasks have been completed. */
  untilCompleted(more: number): Promise<void>;
  /** Resolves when so many more calls have been refused. */
  untilRefused(more: number): Promise<void>;
  /** Creates no more and waits until all is done. */
  settle(): Promise<Settled>;
}

/** Puts load on a server. */
export async function startLoad(url: string): Promise<Load> {
  const background = backgroundWork();
  const { signal } = background;
  const answers = watchAnswers();
  const admin = eitherServer([url], { key: adminKey, fetch: answers.fetch }, signal);
  const workerKey = await makeWorkerKey(admin);
  const created = new Map<string, string>();
  const completed = new Set<string>();
  const superseded: AttemptRef[] = [];
  const enough = new AbortController();

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (answers.faults.length > 0) throw new Error(`not an answer of an outage: ${answers.faults[0]}`);
      await background.orFailure(pause(20, undefined, { signal }));
    }
  }

  async function createSome(creator: number): Promise<void> {
    for (let n = 0; !enough.signal.aborted; n += 1) {
      const name = `task ${n} of ${creator}`;
      const id = await create(admin, name);
      created.set(name, id);
      await until(() => completed.has(id));
    }
  }

  const creators = range(creatorCount).map((index) => background.add(createSome(index)));
  for (const index of range(workerCount)) {
    const caller = eitherServer([url], { key: workerKey, fetch: answers.fetch }, signal);
    const events = {
      onCompleted: ({ taskId }: AttemptRef) => completed.add(taskId),
      onSuperseded: (ref: AttemptRef) => superseded.push(ref),
    };
    void background.add(simulateWorker({ name: `w${index}`, servers: caller, events }, signal));
  }
  return {
    answers,
    workerKey,
    untilCompleted: (more) => {
      const count = completed.size + more;
      return until(() => completed.size >= count);
    },
    untilRefused: (more) => {
      const count = answers.refused + more;
      return until(() => answers.refused >= count);
    },
    settle: async () => {
      enough.abort();
      await background.orFailure(Promise.all(creators));
      const again = new Map<string, string>();
      for (const name of created.keys()) again.set(name, await create(admin, name));
      return { created, again, stored: await readTasks(admin), superseded };
    },
    [Symbol.asyncDispose]: () => background[Symbol.asyncDispose](),
  };
}

async function create(admin: EitherServer, name: string): Promise<string> {
  const body = { description: name, repository };
  const headers = { 'idempotency-key': name };
  return (await admin.ask((client) => client.ask('createTask', { body, headers }))).id;
}

async function readTasks(admin: EitherServer): Promise<TaskDetail[]> {
  const tasks: TaskDetail[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '200', cursor };
    const page = await admin.ask((client) => client.ask('listTasks', { query }));
    for (const { id } of page.tasks.filter((task) => task.repository === repository)) {
      tasks.push(await admin.ask((client) => client.ask('getTask', { params: { id } })));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return tasks;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
