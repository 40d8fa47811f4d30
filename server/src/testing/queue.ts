import { createTask, leaseTimes, newId, type CreateTaskInput } from '@verve/contract';

import type { SyncedClock } from '../clock.ts';
import { noMeters } from '../meters.ts';
import { createDispatcher, type Dispatcher } from '../queue/dispatcher.ts';
import { createSweep, type Sweep } from '../queue/sweep.ts';
import type { ProjectRecord, TaskRecord, WorkerRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import { newTask } from '../tasks/new-task.ts';
import { createTaskMover, type TaskMover } from '../tasks/task-mover.ts';
import { testLogger } from './storage.ts';

/** A project's queue with what works on it, on a storage that the test brings. */
export interface TestQueue extends AsyncDisposable {
  readonly storage: Storage;
  readonly project: ProjectRecord;
  readonly dispatcher: Dispatcher;
  readonly mover: TaskMover;
  readonly sweep: Sweep;
  readonly clock: TestTime;
  /** Stores a task and gives the hint, as the API does. */
  addTask(input?: Partial<CreateTaskInput>): Promise<TaskRecord>;
  addWorker(fields?: Partial<WorkerRecord>): Promise<WorkerRecord>;
  /** Polls as a connected worker; the answer has both lists even when nothing came. */
  poll(worker: WorkerRecord, given?: PollGiven): Promise<PollFound>;
}

/** Of a poll, what a test cares for; a slot and no wait unless told otherwise. */
interface PollGiven {
  readonly slots?: number;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** The ids and attempts of what a poll was given. */
interface PollFound {
  readonly claims: readonly string[];
  readonly cancels: readonly string[];
}

/** A clock that a test puts forward and nothing else moves, the database's time included. */
interface TestTime extends SyncedClock {
  advance(ms: number): void;
}

/** Makes a queue in a new project. */
export async function testQueue(given: Storage): Promise<TestQueue> {
  const clock = testTime();
  const storage: Storage = { ...given, now: () => Promise.resolve(clock.now()) };
  const project = { id: newId('project'), name: newId('project'), createdAt: clock.now() };
  await storage.projects.create(project);
  const parts = { storage, clock, logger: testLogger, meters: noMeters };
  const mover = createTaskMover(parts);
  const times = {
    intervalMs: 2_000,
    leaseMs: leaseTimes.leaseSeconds * 1_000,
    acknowledgeMs: leaseTimes.acknowledgeSeconds * 1_000,
    workerAliveMs: leaseTimes.workerAliveSeconds * 1_000,
  };
  const dispatcher = createDispatcher({ ...parts, ...times, mover });
  const sweep = createSweep({ ...parts, mover, dispatcher, times });
  let workers = 0;

  return {
    storage,
    project,
    dispatcher,
    mover,
    sweep,
    clock,
    addTask: async (input = {}) => {
      const request = createTask.parse({
        description: 'x',
        repository: 'https://git.example/a.git',
        ...input,
      });
      const origin = { id: newId('task'), project, createdBy: 'test', now: clock.now() };
      const result = await storage.tasks.create(newTask(request, origin));
      if (result.kind === 'mismatch') throw new Error('no idempotency key was given');
      storage.queue.noteNewTask(result.task.id);
      storage.hints.notify('queue');
      return result.task;
    },
    addWorker: async (fields = {}) => {
      workers += 1;
      const self = { name: `worker ${workers}`, version: '1', executor: 'process', capacity: 9, labels: {} };
      const result = await storage.workers.register(
        { ...self, projectId: project.id, ...fields },
        { newId: newId('worker'), nowMs: clock.now(), aliveSinceMs: clock.now() },
      );
      if (result.kind === 'taken') throw new Error('the name is taken');
      return result.worker;
    },
    poll: async (worker, { slots = 1, waitMs = 0, signal = new AbortController().signal } = {}) => {
      const { workersVersion } = dispatcher;
      const found = await dispatcher.poll({ worker, workersVersion, slots, waitMs }, signal);
      return {
        claims: (found?.claims ?? []).map((task) => `${task.id} ${task.attempt}`),
        cancels: (found?.cancels ?? []).map((cancel) => `${cancel.taskId} ${cancel.attempt}`),
      };
    },
    [Symbol.asyncDispose]: () => dispatcher[Symbol.asyncDispose](),
  };
}

function testTime(): TestTime {
  let now = Date.UTC(2030, 0, 1);
  return {
    now: () => now,
    synchronise: (other) => {
      now = other;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** The same storage, and how often any of its stores was called so far. */
export function countCalls(storage: Storage): { storage: Storage; count: () => number } {
  let calls = 0;
  const counted = Object.entries(storage).map(([name, store]) => {
    if (typeof store !== 'object' || name === 'hints') return [name, store];
    const methods = Object.entries(store as Record<string, (...args: unknown[]) => unknown>).map(
      ([method, work]) => [
        method,
        (...args: unknown[]) => {
          if (method !== 'forgetWatermarks' && method !== 'noteNewTask') calls += 1;
          return work(...args);
        },
      ],
    );
    return [name, Object.fromEntries(methods)];
  });
  const dispose = { [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
  return { storage: { ...(Object.fromEntries(counted) as Storage), ...dispose }, count: () => calls };
}
