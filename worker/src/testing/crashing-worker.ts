import { once } from 'node:events';

import type { AttemptRef, Client } from '@verve/contract';

import type { RunRequest } from '../executor.ts';
import type { Journal, JournalEntry } from '../journal.ts';
import type { WorkerParts } from '../worker.ts';
import { startWorker, type TestWorkerOptions } from './worker.ts';

// crashing-worker <options as JSON>: a worker that is killed right after one step of its work, as by kill -9.

/** Steps of a claim's way, in order; the worker dies when it is done with one, before anything follows. */
export const crashSteps = [
  'polled',
  'journaled',
  'named',
  'started',
  'permitted',
  'outcome journaled',
  'completed',
  'removed',
] as const;
type CrashStep = (typeof crashSteps)[number];

/** What the program is told. */
export type CrashOptions = Pick<TestWorkerOptions, 'folder' | 'url' | 'repository'> & {
  readonly step: CrashStep;
};

async function die(): Promise<void> {
  process.kill(process.pid, 'SIGKILL');
  await once(process, 'never');
}

/** A client that dies after the calls that are the step. */
function dyingClient(client: Client, isIt: (name: string, input: unknown) => boolean): Client {
  return {
    ...client,
    async call(name, input) {
      const answer = await client.call(name, input);
      if (isIt(name, input)) await die();
      return answer;
    },
    async ask(name, input) {
      const answer = await client.ask(name, input);
      if (isIt(name, input)) await die();
      return answer;
    },
  };
}

/** A journal that dies after the entries that are the step. */
function dyingJournal(journal: Journal, isIt: (entry: JournalEntry) => boolean): Journal {
  return {
    ...journal,
    async put(entry) {
      await journal.put(entry);
      if (isIt(entry)) await die();
    },
  };
}

function isNaming(name: string, input: unknown): boolean {
  return name === 'heartbeat' && JSON.stringify(input).includes('tsk_');
}

function wrap(parts: WorkerParts, step: CrashStep): WorkerParts {
  const { client, executor, journal } = parts;
  switch (step) {
    case 'polled':
      return { ...parts, client: dyingClient(client, (name) => name === 'pollTasks') };
    case 'journaled':
      return { ...parts, journal: dyingJournal(journal, () => true) };
    case 'named':
      return { ...parts, client: dyingClient(client, isNaming) };
    case 'started': {
      const start = async (request: RunRequest): Promise<void> => executor.start(request).then(die);
      return { ...parts, executor: { ...executor, start } };
    }
    case 'permitted': {
      const permit = async (ref: AttemptRef, ms: number): Promise<void> => executor.permit(ref, ms).then(die);
      return { ...parts, executor: { ...executor, permit } };
    }
    case 'outcome journaled':
      return { ...parts, journal: dyingJournal(journal, (entry) => entry.outcome !== undefined) };
    case 'completed':
      return { ...parts, client: dyingClient(client, (name) => name === 'completeTask') };
    case 'removed': {
      const remove = async (ref: AttemptRef): Promise<void> => executor.remove(ref).then(die);
      return { ...parts, executor: { ...executor, remove } };
    }
    default:
      return step satisfies never;
  }
}

const [argument] = process.argv.slice(2);
if (argument !== undefined && import.meta.main) {
  const { step, ...options } = JSON.parse(argument) as CrashOptions;
  await startWorker({ ...options, isScripted: true, wrap: (parts) => wrap(parts, step) });
}
