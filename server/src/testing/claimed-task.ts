import type { AppendChunk, Client } from '@verve/contract';

import type { TestApp } from './app.ts';

/** A task that a worker holds. */
export interface ClaimedTask {
  readonly taskId: string;
  readonly workerId: string;
  readonly worker: Client;
  readonly member: Client;
  /** Sends one chunk of these lines under the next seq, or another one. */
  append(lines: readonly string[], over?: Partial<AppendChunk>): Promise<void>;
  /** Ends the attempt. */
  complete(status?: 'completed' | 'failed'): Promise<void>;
}

/** Makes a task and lets a worker claim it, as both do it: over HTTP. */
export async function claimedTask(server: TestApp, name = 'w'): Promise<ClaimedTask> {
  const member = server.client(server.keys.member);
  const worker = server.client(server.keys.worker);
  const { id: taskId } = await member.ask('createTask', { body: { description: 'Do it' } });
  const { id: workerId } = await worker.ask('registerWorker', {
    body: { name, version: '1', executor: 'process', capacity: 1 },
  });
  const { claims } = await worker.ask('pollTasks', { query: { workerId, slots: '1', waitSeconds: '5' } });
  const [claim] = claims;
  if (claim?.task.id !== taskId) throw new Error(`expected a claim of ${taskId}`);

  let lastSeq = 0;
  return {
    taskId,
    workerId,
    worker,
    member,
    append: async (lines, over = {}) => {
      const seq = over.seq ?? lastSeq + 1;
      const body = {
        attempt: claim.attempt,
        seq,
        at: lines.map(() => 1_763_800_000_000),
        streams: 'o'.repeat(lines.length),
        lines: [...lines],
        ...over,
      };
      await worker.call('appendLogs', { params: { id: taskId }, body });
      lastSeq = Math.max(lastSeq, seq);
    },
    complete: async (status = 'completed') => {
      const pushed = { reason: 'BranchPushed', branch: `verve/${taskId}`, commit: 'c'.repeat(40) };
      const end = status === 'completed' ? pushed : { reason: 'AgentFailed' };
      const body = { attempt: claim.attempt, status, lastSeq, ...end };
      await worker.call('completeTask', { params: { id: taskId }, body });
    },
  };
}
