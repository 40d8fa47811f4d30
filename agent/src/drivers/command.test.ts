import { expect, test } from 'vitest';

import type { ProgramEnd, Verdict } from '../driver.ts';
import { commandDriver } from './command.ts';

const well = { kind: 'exited', code: 0 } as const;
const badly = { kind: 'exited', code: 3 } as const;

type Case = [string, Pick<ProgramEnd, 'exit' | 'events'>, Verdict];

test.each([
  ['a good end says nothing', { exit: well, events: [] }, {}],
  [
    'the summary is that of the final event',
    {
      exit: well,
      events: [
        { kind: 'usage', usage: { inputTokens: 1 } },
        { kind: 'final', status: 'completed', summary: 'Did it.', usage: { inputTokens: 2 } },
      ],
    },
    { summary: 'Did it.' },
  ],
  [
    'a final event may say that it failed, and why',
    {
      exit: well,
      events: [{ kind: 'final', status: 'failed', reason: 'BudgetExceeded', message: 'too dear' }],
    },
    { reason: 'BudgetExceeded', message: 'the command says that it failed', words: 'too dear' },
  ],
  [
    'an exit code counts more than a final event that says all is well',
    { exit: badly, events: [{ kind: 'final', status: 'completed', summary: 'Did it.' }] },
    { reason: 'AgentFailed', message: 'the command ended with exit code 3', summary: 'Did it.' },
  ],
  [
    'a model host that said when to come back is heard',
    {
      exit: badly,
      events: [
        { kind: 'retry', message: '429', retryAfterSeconds: 60 },
        { kind: 'error', message: 'rate limit', reason: 'AgentRateLimited' },
      ],
    },
    {
      reason: 'AgentRateLimited',
      message: 'the command ended with exit code 3',
      words: 'rate limit',
      retryAfterSeconds: 60,
    },
  ],
  [
    'what tools said is not among the last words',
    {
      exit: badly,
      events: [
        { kind: 'text', text: 'I look.' },
        { kind: 'tool', name: 'cat', output: 'the source' },
      ],
    },
    { reason: 'AgentFailed', message: 'the command ended with exit code 3', words: 'I look.' },
  ],
] satisfies Case[])('%s', (_, end, verdict) => {
  expect(commandDriver.classify({ ...end, lastLines: [] })).toEqual(verdict);
});
