import { z } from 'zod';

/** Who is to blame for an end, which decides what the server does next. */
export type Blame = 'none' | 'task' | 'model' | 'infrastructure' | 'operator' | 'person';

/** Every cause of an end that Verve names, and who is to blame for it. */
export const reasonBlames = {
  PullRequestOpened: 'none',
  BranchPushed: 'none',
  NoChanges: 'none',
  AgentFailed: 'task',
  AgentStalled: 'task',
  TimedOut: 'task',
  BudgetExceeded: 'task',
  OutOfMemory: 'task',
  OutOfDisk: 'task',
  SetupFailed: 'task',
  VerifyFailed: 'task',
  AgentRateLimited: 'model',
  ModelUnavailable: 'model',
  Disrupted: 'infrastructure',
  WorkerLost: 'infrastructure',
  RunVanished: 'infrastructure',
  ImagePullFailed: 'operator',
  Unschedulable: 'operator',
  ConfigInvalid: 'operator',
  AgentUnauthorized: 'operator',
  CheckoutFailed: 'operator',
  PublishFailed: 'operator',
  PullRequestFailed: 'operator',
  PolicyDenied: 'operator',
  Canceled: 'person',
} as const satisfies Record<string, Blame>;

/** A reason this version knows. */
export type Reason = keyof typeof reasonBlames;

/**
 * What the server does after an end with such a blame.
 * `counted` failures are tried again while fewer than `maxAttempts`; `delaysSeconds[n]` is the wait before the n-th
 * uncounted retry and its length their number; `never` is not tried again by itself.
 */
export type RetryRule =
  | { readonly kind: 'completed' }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'counted' }
  | { readonly kind: 'delayed'; readonly delaysSeconds: readonly number[] }
  | { readonly kind: 'rateLimited'; readonly maxRetries: number; readonly defaultSeconds: number }
  | { readonly kind: 'never' };

/** The retry rule of each blame. */
export const retryRules = {
  none: { kind: 'completed' },
  person: { kind: 'canceled' },
  task: { kind: 'counted' },
  model: { kind: 'rateLimited', maxRetries: 10, defaultSeconds: 60 },
  infrastructure: { kind: 'delayed', delaysSeconds: [0, 10, 60] },
  operator: { kind: 'never' },
} as const satisfies Record<Blame, RetryRule>;

/** A reason on the wire: a known one, or one of a version to come, which is kept as it is. */
export const reason = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]{0,63}$/, 'must be a reason in PascalCase')
  .meta({
    example: 'PullRequestOpened',
    description: `A machine-readable cause: ${Object.keys(reasonBlames).join(', ')}.`,
  });

function isKnown(value: string): value is Reason {
  return Object.hasOwn(reasonBlames, value);
}

/** Who is to blame; a reason that this version does not know is the operator's. */
export function blameOf(value: string): Blame {
  return isKnown(value) ? reasonBlames[value] : 'operator';
}

/** The status that an end for this reason has; undefined for a reason that this version does not know: it may have any. */
export function statusOfReason(value: string): 'completed' | 'failed' | 'canceled' | undefined {
  if (!isKnown(value)) return undefined;
  const blame: Blame = reasonBlames[value];
  if (blame === 'none') return 'completed';
  return blame === 'person' ? 'canceled' : 'failed';
}

/** What the server does after an end for this reason. */
export function retryRuleOf(value: string): RetryRule {
  return retryRules[blameOf(value)];
}
