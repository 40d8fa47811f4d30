import { newId } from '@verve/contract';

import type { TestStorage } from '../../testing/storage.ts';
import type { ClaimRequest, Fit } from '../queue-store.ts';
import type { AttemptRecord, TaskRecord, WorkerRecord } from '../records.ts';
import type { Storage } from '../storage.ts';
import type { NewTask, TaskChange } from '../task-store.ts';
import { now, sampleProject, sampleRegistration, sampleTask } from './samples.ts';

/** The lease of a claim here. */
export const leaseUntilMs = now + 30_000;

/** A project with one worker, and what tests do with its queue. */
export interface Bench {
  readonly storage: Storage;
  readonly projectId: string;
  readonly workerId: string;
  readonly add: (given?: Partial<NewTask>) => Promise<TaskRecord>;
  readonly addWorker: () => Promise<WorkerRecord>;
  /** Claims for so many slots of the worker. */
  readonly claim: (
    slots?: number,
    over?: Partial<Omit<ClaimRequest, 'fit'>> & { fit?: Partial<Fit> },
  ) => Promise<TaskRecord[]>;
  /** A task that the worker holds. */
  readonly addHeld: (given?: Partial<NewTask>) => Promise<TaskRecord>;
  /** Puts a held task back into the queue. */
  readonly requeue: (task: TaskRecord, over?: TaskChange['task']) => Promise<void>;
  /** Ends a held task. */
  readonly end: (task: TaskRecord, finishedAt?: number) => Promise<void>;
  readonly attempt: (task: TaskRecord) => Promise<AttemptRecord | undefined>;
}

/** Makes a project of its own for one test. */
export async function openBench({ storage }: TestStorage): Promise<Bench> {
  const project = sampleProject();
  await storage.projects.create(project);
  const projectId = project.id;

  async function addWorker(): Promise<WorkerRecord> {
    const id = newId('worker');
    const at = { newId: id, nowMs: now, aliveSinceMs: now };
    const result = await storage.workers.register(sampleRegistration(projectId, { name: id }), at);
    if (result.kind === 'taken') throw new Error('the name of the worker is its own');
    return result.worker;
  }
  async function add(given: Partial<NewTask> = {}): Promise<TaskRecord> {
    const result = await storage.tasks.create(sampleTask(projectId, given));
    if (result.kind === 'mismatch') throw new Error('no key was given');
    return result.task;
  }
  async function change(task: TaskRecord, made: TaskChange): Promise<void> {
    await storage.tasks.change({ id: task.id }, () => made);
  }

  const { id: workerId } = await addWorker();
  const bench: Bench = {
    storage,
    projectId,
    workerId,
    add,
    addWorker,
    claim: (slots = 1, over = {}) => {
      const fit = { projectId, labels: {}, ...over.fit };
      const workerIds = Array.from({ length: slots }, () => workerId);
      return storage.queue.claim({ workerIds, nowMs: now, leaseUntilMs, ...over, fit });
    },
    addHeld: async (given) => {
      const { id } = await add(given);
      storage.queue.forgetWatermarks();
      const claimed = (await bench.claim(100)).find((task) => task.id === id);
      if (claimed === undefined) throw new Error(`${id} was not claimed`);
      return claimed;
    },
    requeue: async (task, over = {}) => {
      const pending = { status: 'pending', workerId: undefined, ...over } as const;
      await change(task, { task: pending, attempt: { status: 'lost', finishedAt: now } });
      storage.queue.forgetWatermarks();
    },
    end: (task, finishedAt = now) =>
      change(task, {
        task: { status: 'completed', finishedAt },
        attempt: { status: 'completed', finishedAt },
      }),
    attempt: async (task) =>
      (await storage.tasks.attempts(task.id)).find(({ attempt }) => attempt === task.attempt),
  };
  return bench;
}
