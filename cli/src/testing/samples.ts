import type { Chunk, Task, TaskDetail } from '@verve/contract';

export const projectId = 'prj_01h455vb4pex5vsknk084sn02q';
export const workerId = 'wrk_01h455vb4pex5vsknk084sn02q';
export const taskId = 'tsk_01h455vb4pex5vsknk084sn02q';

/** When the tests are. */
export const now = Date.parse('2026-01-31T12:00:00.000Z');

/** A pending task, changed as a test wants it. */
export function sampleTask(change: Partial<Task> = {}): Task {
  return {
    id: taskId,
    projectId,
    title: 'Greet',
    description: 'Greet',
    repository: 'https://git.example/acme/app.git',
    priority: 0,
    labels: {},
    requires: {},
    status: 'pending',
    attempt: 0,
    maxAttempts: 1,
    timeoutSeconds: 3600,
    createdBy: 'admin',
    createdAt: '2026-01-31T11:57:00.000Z',
    ...change,
  };
}

/** The same with attempts and an empty log. */
export function sampleDetail(change: Partial<TaskDetail> = {}): TaskDetail {
  return {
    ...sampleTask(),
    attempts: [],
    logs: { chunks: [], next: '0.0', isComplete: false },
    ...change,
  };
}

/** A completed task with a branch. */
export const completed: Partial<Task> = {
  status: 'completed',
  reason: 'BranchPushed',
  branch: `verve/${taskId}`,
  commit: 'a'.repeat(40),
  attempt: 1,
  startedAt: '2026-01-31T11:58:00.000Z',
  finishedAt: '2026-01-31T11:59:30.000Z',
};

/** A chunk of lines; `streams` gives one letter a line, stdout by default. */
export function sampleChunk(seq: number, lines: readonly string[], change: Partial<Chunk> = {}): Chunk {
  const at = lines.map((_, index) => now + index);
  return {
    attempt: 1,
    seq,
    phase: 'agent',
    at,
    streams: 'o'.repeat(lines.length),
    lines: [...lines],
    ...change,
  };
}

/** A chunk as an event of a log stream. */
export function chunkEvent(chunk: Chunk): string {
  return `event: chunk\nid: ${chunk.attempt}.${chunk.seq}\ndata: ${JSON.stringify(chunk)}`;
}
