import { describe, expect, it } from 'vitest';

import { taskRecord, workerRecord } from '../testing/records.ts';
import { whyWaiting } from './waiting.ts';

const task = taskRecord({ status: 'pending', agent: 'claude', requires: { gpu: 'yes' } });
const fitting = { agents: ['claude'], labels: { gpu: 'yes' } };

describe('a pending task', () => {
  it.each([
    ['nobody is registered', [], /No worker is registered/],
    ['nobody is connected', [{ ...fitting, isConnected: false }], /No worker is connected.*"one"/],
    ['nobody has its agent', [{ ...fitting, agents: ['codex'] }], /offers the agent "claude"/],
    [
      'nobody may touch its repository',
      [{ ...fitting, repositories: ['https://x/**'] }],
      /may work on https:\/\/git/,
    ],
    ['nobody has its labels', [{ agents: ['claude'] }], /labels gpu=yes/],
    ['who fits is paused', [{ ...fitting, paused: true }], /Paused: "one"/],
    ['who fits is busy', [{ ...fitting, running: 4 }], /busy: "one"/],
  ])('tells that %s', (_, workers, sentence) => {
    expect(
      whyWaiting(
        task,
        workers.map((worker) => workerRecord(worker)),
        0,
      ),
    ).toMatch(sentence);
  });

  it('tells of the hurdle that the most fitting workers are stopped by', () => {
    const workers = [
      workerRecord({ agents: ['codex'] }),
      workerRecord({ ...fitting, name: 'two', paused: true }),
    ];

    expect(whyWaiting(task, workers, 0)).toMatch(/Paused: "two"/);
  });

  it('that is tried again later tells when and after what', () => {
    const later = { ...task, notBefore: 60_000, reason: 'WorkerLost' };

    expect(whyWaiting(later, [], 59_999)).toBe('Tried again after WorkerLost at 1970-01-01T00:01:00.000Z.');
    expect(whyWaiting(later, [workerRecord(fitting)], 60_000)).toBeUndefined();
  });

  it('tells nothing when a worker may take it at any moment', () => {
    expect(whyWaiting(task, [workerRecord(fitting)], 0)).toBeUndefined();
  });
});
