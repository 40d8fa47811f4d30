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
    const rule = whyWaiting(workers.map((worker) => workerRecord(worker)));

    expect(rule(task, 0)).toMatch(sentence);
  });

  it('tells of the hurdle that the most fitting workers are stopped by', () => {
    const workers = [
      workerRecord({ agents: ['codex'] }),
      workerRecord({ ...fitting, name: 'two', paused: true }),
    ];

    expect(whyWaiting(workers)(task, 0)).toMatch(/Paused: "two"/);
  });

  it('that is tried again later tells when and after what', () => {
    const later = { ...task, notBefore: 60_000, reason: 'WorkerLost' };

    expect(whyWaiting([])(later, 59_999)).toBe(
      'Will be tried again after WorkerLost, at 1970-01-01T00:01:00Z.',
    );
    expect(whyWaiting([])({ ...task, notBefore: 60_000 }, 59_999)).toBe(
      'Will be tried again at 1970-01-01T00:01:00Z.',
    );
    expect(whyWaiting([workerRecord(fitting)])(later, 60_000)).toBeUndefined();
  });

  it('tells nothing when a worker may take it at any moment', () => {
    expect(whyWaiting([workerRecord(fitting)])(task, 0)).toBeUndefined();
  });

  it('each tells its own of the same workers', () => {
    const workers = [
      workerRecord({ name: 'a', ...fitting, repositories: ['https://one/**'] }),
      workerRecord({ name: 'b', ...fitting, repositories: ['https://two/**'], paused: true }),
      workerRecord({ name: 'c', ...fitting, repositories: ['https://one/**'], running: 4 }),
    ];
    const rule = whyWaiting(workers);
    const of = (repository: string): string | undefined => rule({ ...task, repository }, 0);

    expect([of('https://one/x'), of('https://two/x'), of('https://three/x')]).toEqual([
      undefined,
      'Paused: "b". Resume it to let it take tasks.',
      'No worker may work on https://three/x; allow it in the configuration of "a", "b", "c".',
    ]);
  });

  it('takes no longer for thousands of workers with long patterns', () => {
    const repositories = Array.from({ length: 500 }, (_, index) => `https://git.example/${index}/**/x*`);
    const workers = Array.from({ length: 5_000 }, () => workerRecord({ ...fitting, repositories }));
    const rule = whyWaiting(workers);

    const told = Array.from({ length: 200 }, (_, index) =>
      rule({ ...task, repository: `https://none.example/${index}` }, 0),
    );

    expect(told.every((sentence) => sentence?.includes('and 4997 more'))).toBe(true);
  });
});
