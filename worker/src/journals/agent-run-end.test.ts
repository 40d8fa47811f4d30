import { expect, test } from 'vitest';

import { journalEntryOf } from '../testing/journal-contract.ts';
import { endChange, outcomeChange } from './agent-run-end.ts';

test.each([
  [-5_000, '0s'],
  [9_400, '9s'],
  [60_000, '1m0s'],
  [252_000, '4m12s'],
  [3_600_000, '1h0m0s'],
  [90_061_000, '25h1m1s'],
])('of %i ms people are told %s', (ms, duration) => {
  expect(endChange(journalEntryOf({ claimedAtMs: 1_000 }), 1_000 + ms)).toMatchObject({ duration });
});

test('an end without a message takes away what was told before', () => {
  const outcome = { attempt: 1, status: 'completed', reason: 'NoChanges', lastSeq: 0 } as const;

  expect(endChange(journalEntryOf({ outcome }), 1)).toMatchObject({
    phase: 'Completed',
    reason: 'NoChanges',
    message: null,
    conditions: [{ type: 'Complete', status: 'True', reason: 'NoChanges', message: '' }],
  });
});

test.each([
  ['NoChanges', 'completed', 'False'],
  ['AgentFailed', 'failed', 'False'],
  ['BranchPushed', 'completed', 'True'],
] as const)('the reason %s of an attempt that is %s makes Published %s', (reason, status, published) => {
  const { conditions } = outcomeChange({ attempt: 1, status, reason, lastSeq: 0, branch: 'verve/x' });

  expect(conditions?.[1]).toMatchObject({ type: 'Published', status: published, reason });
});
