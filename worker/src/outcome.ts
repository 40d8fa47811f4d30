import {
  detailsOf,
  outcome,
  type ErrorDetail,
  type LogLevel,
  type Outcome,
  type PhaseOutcome,
  type Usage,
} from '@verve/contract';

import type { JournalEntry } from './journal.ts';

/** What is known at the end of an attempt. */
export interface Ending {
  readonly attempt: number;
  /** What the run left; undefined when it left nothing. */
  readonly left: PhaseOutcome | undefined;
  /** What the agent used, where what the run left does not say it. */
  readonly used?: Usage | undefined;
  /** Why the worker stopped the run, if it did. */
  readonly stop: JournalEntry['stop'];
  readonly lastSeq: number;
  /** The task's own branch. */
  readonly branch: string;
  /** At `states` the run's own words stay here, and the server finds a sentence for the reason. */
  readonly level: LogLevel;
}

/** How an attempt ended, as the server is told. What was completed stays completed, whoever wanted it stopped. */
export function outcomeOf(ending: Ending): Outcome {
  const { attempt, left: whole, used, stop, lastSeq, branch, level } = ending;
  const base = { attempt, lastSeq, ...(used && { usage: used }) };
  const left = level === 'states' && whole ? withoutWords(whole) : whole;
  const usage = left?.usage && { usage: left.usage };
  if (left?.branch !== undefined && left.branch !== branch) {
    const message = `the run says that it pushed to ${left.branch}, which is not the branch of its task`;
    return { ...base, status: 'failed', reason: 'PublishFailed', message, ...usage };
  }
  if (left?.status === 'completed') return checked(base, { ...left, reason: left.reason ?? 'NoChanges' });
  if (stop?.reason === 'Canceled') return { ...base, status: 'canceled', ...stop, ...usage };
  if (stop) return { ...base, status: 'failed', ...stop, ...usage };
  if (!left) {
    const message =
      'the run is gone and left no outcome: its processes were ended from outside, or its files spoilt';
    return { ...base, status: 'failed', reason: 'RunVanished', message };
  }
  if (left.status === 'canceled') {
    const message = 'the run was stopped from outside';
    return { ...base, status: 'failed', reason: 'Disrupted', message, ...usage };
  }
  return checked(base, { ...left, reason: left.reason ?? 'AgentFailed' });
}

function withoutWords({ message: _message, ...left }: PhaseOutcome): PhaseOutcome {
  return left;
}

type Base = Pick<Outcome, 'attempt' | 'lastSeq' | 'usage'>;

/** A run may write anything into its outcome; what the server would refuse is left out. */
function checked(base: Base, left: PhaseOutcome & { reason: string }): Outcome {
  const whole = outcome.safeParse({ ...base, ...left });
  return whole.success ? whole.data : plain({ ...base, ...left });
}

/** An outcome with no more particulars than it needs, and none that the server would refuse. */
export function plain(told: Outcome): Outcome {
  const { attempt, lastSeq, status, reason, message } = told;
  const { branch, commit, pullRequestUrl } = outcome.shape;
  const least = outcome.safeParse({
    attempt,
    lastSeq,
    status,
    reason,
    message,
    branch: branch.safeParse(told.branch).data,
    commit: commit.safeParse(told.commit).data,
    pullRequestUrl: pullRequestUrl.safeParse(told.pullRequestUrl).data,
  });
  return least.success ? least.data : contradictory(told, detailsOf(least.error));
}

/** A success that cannot name what it pushed is none. */
function contradictory(
  { attempt, lastSeq, status, reason }: Outcome,
  problems: readonly ErrorDetail[],
): Outcome {
  const what = problems.map((problem) => `${problem.path} ${problem.message}`).join('; ');
  return {
    attempt,
    lastSeq,
    status: 'failed',
    reason: status === 'completed' ? 'PublishFailed' : 'AgentFailed',
    message: `the run ended with ${reason}, but its outcome contradicts itself: ${what}`,
  };
}

/** An outcome with a mask laid over its texts. A URL stays one. */
export function masked(whole: Outcome, mask: (text: string) => string): Outcome {
  const { message, branch, pullRequestUrl, ...rest } = whole;
  return {
    ...rest,
    ...(message !== undefined && { message: mask(message) }),
    ...(branch !== undefined && { branch: mask(branch) }),
    ...(pullRequestUrl !== undefined && { pullRequestUrl: mask(pullRequestUrl) }),
  };
}
