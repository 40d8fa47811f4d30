import { expect, test } from 'vitest';

import { connectionFinding } from './connection-check.ts';
import { longestSilenceMs, type WorkerObject } from './worker-object.ts';

const lastSeenAt = '2026-01-02T03:04:05.000Z';
const seenAtMs = Date.parse(lastSeenAt);

function workerOf(status: 'True' | 'False', reason: string): WorkerObject {
  const condition = { type: 'Connected', status, reason, message: 'words', lastTransitionTime: lastSeenAt };
  return { metadata: { name: 'main' }, status: { conditions: [condition], lastSeenAt } };
}

test.each([
  ['well', workerOf('True', 'Connected'), 0, { state: 'ok', message: 'main is connected' }],
  [
    'kept from its work',
    workerOf('False', 'Disconnected'),
    0,
    { state: 'failed', message: 'not connected: words' },
  ],
  ['stopped', workerOf('False', 'Stopped'), 0, { state: 'warning', message: 'words' }],
  [
    'silent for long',
    workerOf('True', 'Connected'),
    3 * longestSilenceMs,
    { state: 'warning', message: `has told nothing since ${lastSeenAt}` },
  ],
])('a worker that is %s is found so', (...row) => {
  const [, worker, laterMs, finding] = row;

  expect(connectionFinding(worker, seenAtMs + laterMs)).toMatchObject(finding);
});

test('of a worker that has told nothing yet nothing is found', () => {
  expect(connectionFinding(undefined, seenAtMs)).toBeUndefined();
  expect(connectionFinding({ metadata: { name: 'main' } }, seenAtMs)).toBeUndefined();
});
