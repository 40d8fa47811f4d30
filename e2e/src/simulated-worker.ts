import {
  ApiError,
  type AttemptRef,
  type Claim,
  type RegisterWorkerInput,
  type TaskDetail,
} from '@verve/contract';

import type { EitherServer } from './replicas.ts';

const slots = 4;
const chunksPerRun = 4;
const linesPerChunk = 10;

/** What a worker did, told as it happens. */
interface WorkerEvents {
  /** A server has taken the outcome of an attempt. */
  readonly onCompleted: (ref: AttemptRef) => void;
  /** A server had given the attempt to another one. */
  readonly onSuperseded: (ref: AttemptRef) => void;
}

/** The lines that a run of an attempt writes, by chunk. */
function linesOf({ taskId, attempt }: AttemptRef): string[][] {
  return Array.from({ length: chunksPerRun }, (_, chunk) =>
    Array.from(
      { length: linesPerChunk },
      (_, line) => `${taskId} ${attempt} ${chunk * linesPerChunk + line}`,
    ),
  );
}

/** The lines that a server has of a task. */
export function linesIn(task: TaskDetail): string[] {
  return task.logs.chunks.flatMap((chunk) => chunk.lines);
}

/** The lines that it should have. An attempt that was taken back because its claim reached nobody has written nothing. */
export function linesWrittenFor({ id: taskId, attempts }: TaskDetail): string[] {
  const wrote = attempts.filter(({ status }) => status === 'completed');
  return wrote.flatMap(({ attempt }) => linesOf({ taskId, attempt }).flat());
}

/** Who works, for whom, and who hears of it. */
interface SimulatedWorker {
  readonly name: string;
  readonly servers: EitherServer;
  readonly events: WorkerEvents;
}

/** A worker that speaks the API as a real one does and whose runs only write lines. Works until the signal. */
export async function simulateWorker(worker: SimulatedWorker, signal: AbortSignal): Promise<void> {
  const { name, servers } = worker;
  const body: RegisterWorkerInput = {
    name,
    version: '0.1.0',
    executor: 'simulated',
    capacity: slots,
    instance: name,
  };
  const { id: workerId } = await servers.ask((client) => client.ask('registerWorker', { body, signal }));
  const running = new Map<string, AttemptRef>();
  const runs = new Set<Promise<void>>();

  function take(claim: Claim): void {
    const ref = { taskId: claim.task.id, attempt: claim.attempt };
    const run = work(claim, worker, signal).finally(() => {
      running.delete(ref.taskId);
      runs.delete(run);
    });
    running.set(ref.taskId, ref);
    runs.add(run);
  }

  async function pollAndBeat(): Promise<void> {
    const query = {
      workerId,
      slots: String(slots - running.size),
      waitSeconds: running.size < slots ? '5' : '0',
    };
    const answer = await servers.ask((client) => client.call('pollTasks', { query, signal }));
    for (const claim of answer?.claims ?? []) take(claim);
    const beat = { running: [...running.values()] };
    await servers.ask((client) => client.ask('heartbeat', { params: { id: workerId }, body: beat, signal }));
    if (running.size === slots) await Promise.race(runs);
  }

  try {
    for (;;) await pollAndBeat();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function work(claim: Claim, { servers, events }: SimulatedWorker, signal: AbortSignal): Promise<void> {
  const { attempt, task } = claim;
  const ref = { taskId: task.id, attempt };
  const params = { id: task.id };
  try {
    for (const [index, lines] of linesOf(ref).entries()) {
      const at = lines.map(() => Date.now());
      const streams = 'o'.repeat(lines.length);
      const body = {
        attempt,
        seq: index + 1,
        phase: 'agent' as const,
        cursor: String(index),
        at,
        streams,
        lines,
      };
      await servers.ask((client) => client.ask('appendLogs', { params, body, signal }));
    }
    const progress = { attempt, phase: 'publish' as const };
    await servers.ask((client) => client.ask('reportProgress', { params, body: progress, signal }));
    const outcome = { attempt, status: 'completed' as const, reason: 'NoChanges', lastSeq: chunksPerRun };
    await servers.ask((client) => client.ask('completeTask', { params, body: outcome, signal }));
    events.onCompleted(ref);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApiError && error.conflict?.kind === 'Superseded')) throw error;
    events.onSuperseded(ref);
  }
}
