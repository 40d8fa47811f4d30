import type { Phase } from '@verve/contract';
import { expect, test } from 'vitest';

import { phaseEndOf } from './phase-end.ts';
import type { ContainerFact } from './pod-facts.ts';

type Ended = ContainerFact & { readonly kind: 'ended' };

function ended(given: Partial<Ended>): Ended {
  return { kind: 'ended', code: 0, reason: 'Completed', message: '', end: undefined, ...given };
}

const completed = { status: 'completed' } as const;
const published = { ...completed, reason: 'PullRequestOpened', pullRequestUrl: 'https://git.example/1' };
const canceled = { status: 'canceled', reason: 'Canceled' } as const;
const usage = { inputTokens: 7 };

interface Row {
  readonly when: string;
  readonly phase: Phase;
  readonly fact: Partial<Ended>;
  /** Undefined: nobody tells. */
  readonly reason: string | undefined;
}

const rows: readonly Row[] = [
  { when: 'exit code without a word', phase: 'agent', fact: { code: 7 }, reason: 'AgentFailed' },
  { when: 'exit code without a word', phase: 'checkout', fact: { code: 7 }, reason: 'CheckoutFailed' },
  { when: 'exit code without a word', phase: 'publish', fact: { code: 1 }, reason: 'PublishFailed' },
  { when: 'success without a word', phase: 'publish', fact: {}, reason: 'PublishFailed' },
  { when: 'SIGKILL', phase: 'agent', fact: { code: 137 }, reason: undefined },
  {
    when: 'no trace of it',
    phase: 'publish',
    fact: { code: 137, reason: 'ContainerStatusUnknown' },
    reason: undefined,
  },
  { when: 'no program', phase: 'agent', fact: { code: 128, reason: 'StartError' }, reason: 'ConfigInvalid' },
  {
    when: 'want of memory',
    phase: 'checkout',
    fact: { code: 137, reason: 'OOMKilled' },
    reason: 'OutOfMemory',
  },
  {
    when: 'want of memory within it, told by itself',
    phase: 'agent',
    fact: { code: 1, end: { exit: { code: 1 }, outOfMemory: true } },
    reason: 'OutOfMemory',
  },
  {
    when: 'a killed child, though it told of success, since the kubelet goes on with nothing',
    phase: 'agent',
    fact: { reason: 'OOMKilled', end: { outcome: completed, exit: { code: 0 } } },
    reason: 'OutOfMemory',
  },
  {
    when: 'a killed child, with its work done',
    phase: 'publish',
    fact: { reason: 'OOMKilled', end: { outcome: published, exit: { code: 0 } } },
    reason: 'PullRequestOpened',
  },
  {
    when: 'a stop',
    phase: 'agent',
    fact: { code: 130, end: { exit: { signal: 'SIGINT' }, stopped: true } },
    reason: undefined,
  },
  { when: 'a cancellation', phase: 'agent', fact: { end: { outcome: canceled } }, reason: undefined },
  {
    when: 'a failure before the stop',
    phase: 'agent',
    fact: { end: { outcome: { status: 'failed', reason: 'AgentStalled' }, stopped: true } },
    reason: 'AgentStalled',
  },
  {
    when: 'the end of its permit',
    phase: 'publish',
    fact: { end: { overdue: true } },
    reason: 'PublishFailed',
  },
  {
    when: 'no program of the agent',
    phase: 'agent',
    fact: { end: { exit: { error: 'spawn sh ENOENT' } } },
    reason: 'ConfigInvalid',
  },
  {
    when: 'a signal',
    phase: 'checkout',
    fact: { end: { exit: { signal: 'SIGKILL' } } },
    reason: 'Disrupted',
  },
  { when: 'a signal', phase: 'agent', fact: { end: { exit: { signal: 'SIGKILL' } } }, reason: 'AgentFailed' },
  { when: 'a crash', phase: 'agent', fact: { end: { exit: { code: 3 } } }, reason: 'AgentFailed' },
  {
    when: 'a claim that is not its own',
    phase: 'agent',
    fact: { end: { outcome: published } },
    reason: 'AgentFailed',
  },
];

test.each(rows)('$phase, ended by $when: $reason', ({ phase, fact, reason }) => {
  expect(phaseEndOf(phase, ended(fact)).outcome?.reason).toBe(reason);
});

test('a phase after which the next one begins is completed without a reason', () => {
  const fact = ended({ end: { outcome: completed, exit: { code: 0 } } });

  expect(phaseEndOf('checkout', fact)).toEqual({ outcome: completed });
});

test('what was used is told even when memory was wanting', () => {
  const fact = ended({ code: 137, reason: 'OOMKilled', end: { usage } });

  expect(phaseEndOf('agent', fact).outcome).toMatchObject({ reason: 'OutOfMemory', usage });
});

test('the words of a container are told, cut', () => {
  const { outcome } = phaseEndOf('agent', ended({ code: 3, message: `${'x'.repeat(4_000)}the end` }));

  expect(outcome?.message).toMatch(/exit code 3 and told nothing: … x+the end$/);
  expect(outcome?.message?.length).toBeLessThan(600);
});
