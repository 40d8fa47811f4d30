import { expect, test } from 'vitest';

import type { ProgramEnd, Verdict } from '../driver.ts';
import { verdictOf } from './ending.ts';

const well = { kind: 'exited', code: 0 } as const;
const done = { kind: 'final', status: 'completed', summary: 'Did it.' } as const;
const refused = { kind: 'error', message: '401 refused', reason: 'AgentUnauthorized' } as const;
const busy = { kind: 'retry', message: '429', retryAfterSeconds: 20, reason: 'AgentRateLimited' } as const;
const word = { kind: 'text', text: 'I look.' } as const;

type Case = [string, Pick<ProgramEnd, 'exit' | 'events'>, Verdict];

test.each([
  ['a run that says that it is done is well', { exit: well, events: [word, done] }, { summary: 'Did it.' }],
  [
    'one whose end has no words is told by the last before it',
    { exit: well, events: [word, { kind: 'final', status: 'completed' }] },
    { summary: 'I look.' },
  ],
  [
    'an exit code of 0 alone is not trusted',
    { exit: well, events: [word] },
    { reason: 'AgentFailed', message: 'coder ended without saying that it was done', words: 'I look.' },
  ],
  [
    'nor is it after trouble',
    { exit: well, events: [refused] },
    {
      reason: 'AgentUnauthorized',
      message: 'coder ended without saying that it was done',
      words: '401 refused',
    },
  ],
  [
    'trouble that the program got over is not why it ended',
    { exit: { kind: 'exited', code: 3 }, events: [refused, word] },
    { reason: 'AgentFailed', message: 'coder ended with exit code 3', words: 'I look.' },
  ],
  [
    'one that gives up asking names what it asked for in vain',
    { exit: { kind: 'exited', code: 1 }, events: [word, busy] },
    {
      reason: 'AgentRateLimited',
      message: 'coder ended with exit code 1',
      words: '429',
      retryAfterSeconds: 20,
    },
  ],
  [
    'the words of the end count first',
    {
      exit: { kind: 'exited', code: 1 },
      events: [refused, { kind: 'final', status: 'failed', message: 'too dear', reason: 'BudgetExceeded' }],
    },
    { reason: 'BudgetExceeded', message: 'coder ended with exit code 1', words: 'too dear' },
  ],
  [
    'one that was killed is not well, whatever it said before',
    { exit: { kind: 'signaled', signal: 'SIGKILL' }, events: [word, done] },
    { reason: 'AgentFailed', message: 'coder was ended by SIGKILL', words: 'I look.', summary: 'Did it.' },
  ],
  [
    'one that cannot be started is misconfigured',
    { exit: { kind: 'notStarted', message: 'cannot start coder' }, events: [] },
    { reason: 'ConfigInvalid', message: 'cannot start coder' },
  ],
] satisfies Case[])('%s', (_, end, verdict) => {
  expect(verdictOf('coder', { ...end, lastLines: [] })).toEqual(verdict);
});

test('one that crashed is quoted by what it printed last', () => {
  const exit = { kind: 'exited', code: 134 } as const;

  const verdict = verdictOf('coder', {
    exit,
    events: [word],
    lastLines: ['', 'FATAL ERROR: heap out of memory'],
  });

  expect(verdict.words).toBe('FATAL ERROR: heap out of memory');
});
