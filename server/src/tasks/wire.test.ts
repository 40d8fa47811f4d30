import { attempt, task, worker } from '@verve/contract';
import { describe, expect, it } from 'vitest';

import { attemptRecord, taskRecord, workerRecord } from '../testing/records.ts';
import { toWireAttempt, toWireTask, toWireWorker } from './wire.ts';

const ids = { id: 'tsk_01h455vb4pex5vsknk084sn02q', projectId: 'prj_01h455vb4pex5vsknk084sn02q' };
const workerId = 'wrk_01h455vb4pex5vsknk084sn02q';

describe('what goes out', () => {
  it('is what the contract says, with times in ISO 8601 and without what is absent', () => {
    const wireTask = toWireTask(taskRecord({ ...ids, workerId, startedAt: 1_000 }));
    const wireAttempt = toWireAttempt(
      attemptRecord({ workerId, phases: [{ phase: 'agent', startedAt: 1 }] }),
    );
    const wireWorker = toWireWorker(workerRecord({ id: workerId, projectId: ids.projectId, agents: ['a'] }));

    expect(task.parse(wireTask)).toMatchObject({ startedAt: '1970-01-01T00:00:01.000Z' });
    expect(attempt.parse(wireAttempt).phases).toEqual([
      { phase: 'agent', startedAt: '1970-01-01T00:00:00.001Z' },
    ]);
    expect(worker.parse(wireWorker)).toMatchObject({ agents: ['a'], isConnected: true });
    expect(JSON.stringify([wireTask, wireAttempt, wireWorker])).not.toContain('null');
  });

  it('tells of a pending task what it is given and never what was stored', () => {
    const pending = taskRecord({ status: 'pending', waiting: 'stale' });

    expect(toWireTask(pending).waiting).toBeUndefined();
    expect(toWireTask(pending, 'No worker.').waiting).toBe('No worker.');
    expect(toWireTask(taskRecord(), 'No worker.').waiting).toBeUndefined();
  });

  it('tells that a running task is being stopped rather than what it waited for', () => {
    expect(toWireTask(taskRecord({ waiting: 'pulling image', cancelRequestedAt: 1 })).waiting).toMatch(
      /to stop/,
    );
  });
});
