import { z } from 'zod';

import { projectId, taskId, workerId } from './ids.ts';
import { limits } from './limits.ts';
import { reason, statusOfReason } from './reasons.ts';
import { phase } from './states.ts';
import { task } from './task.ts';
import { attemptNumber, countOr, labels, message, name, text, timestamp } from './text.ts';
import { usage } from './usage.ts';

/** One attempt of one task. */
export const attemptRef = z.object({ taskId, attempt: attemptNumber });
export type AttemptRef = z.infer<typeof attemptRef>;

/** Body of `POST /workers`: registers an installation by its name. Worker calls ignore unknown fields. */
export const registerWorker = z
  .object({
    name,
    version: name,
    executor: name,
    capacity: z.int().min(0).max(100_000),
    instance: name
      .optional()
      .meta({ description: 'The process; another one that is alive under the same name is refused.' }),
    labels: labels.default({}),
    agents: z
      .array(name)
      .max(limits.listLength)
      .optional()
      .meta({ description: 'Absent: any. The first is for tasks that name none.' }),
    repositories: z
      .array(text(limits.urlLength))
      .max(limits.listLength)
      .optional()
      .meta({ description: 'Patterns; absent: any. `*` stays within a path segment, `**` does not.' }),
  })
  .meta({ id: 'RegisterWorker' });
export type RegisterWorker = z.infer<typeof registerWorker>;
export type RegisterWorkerInput = z.input<typeof registerWorker>;

/** The answer to a registration. */
export const registered = z.object({
  id: workerId,
  heartbeatSeconds: z.number(),
  leaseSeconds: z.number(),
  features: z.array(z.string()),
});
export type Registered = z.infer<typeof registered>;

/** A worker as people see it. */
export const worker = z
  .object({
    id: workerId,
    projectId,
    name: z.string(),
    version: z.string(),
    executor: z.string(),
    capacity: z.int(),
    labels,
    agents: z.array(z.string()).optional(),
    repositories: z.array(z.string()).optional(),
    paused: z.boolean(),
    isConnected: z.boolean(),
    running: z.int().meta({ description: 'Attempts that it holds.' }),
    registeredAt: timestamp,
    lastSeenAt: timestamp,
  })
  .meta({ id: 'Worker' });
export type Worker = z.infer<typeof worker>;

export const workerList = z.object({ workers: z.array(worker) });

/** Body of `PATCH /workers/{id}`. */
export const updateWorker = z.strictObject({ paused: z.boolean() });

/** Query of `GET /tasks/poll`. */
export const pollQuery = z.object({
  workerId,
  slots: countOr(1, 0, limits.pollSlots),
  waitSeconds: countOr(limits.pollSeconds, 0, limits.pollSeconds),
});
export type PollQuery = z.infer<typeof pollQuery>;

/** A task handed to a worker with a lease. */
export const claim = z
  .object({ task, attempt: attemptNumber, leaseSeconds: z.number() })
  .meta({ id: 'Claim' });
export type Claim = z.infer<typeof claim>;

/** The answer to a poll; a poll that ends with neither is 204. */
export const pollAnswer = z
  .object({ claims: z.array(claim), cancels: z.array(attemptRef) })
  .meta({ id: 'PollAnswer' });
export type PollAnswer = z.infer<typeof pollAnswer>;

/** Body of `POST /workers/{id}/heartbeat`. */
export const heartbeat = z.object({ running: z.array(attemptRef).max(limits.heartbeatAttempts) });
export type Heartbeat = z.infer<typeof heartbeat>;

/** `lost`: named, but no longer held; stop it. `cancels`: named, and to be stopped and completed as canceled. */
export const heartbeatAnswer = z.object({ lost: z.array(attemptRef), cancels: z.array(attemptRef) });
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;

/** Body of `POST /tasks/{id}/progress`. */
export const progress = z.object({
  attempt: attemptNumber,
  phase,
  waiting: message
    .optional()
    .meta({ description: 'Why nothing moves: "pulling image, 40 s". Absent clears it.' }),
  usage: usage.optional(),
});
export type Progress = z.infer<typeof progress>;

/** For `publish`: the seconds within which the run may publish. Absent: no permit. */
export const progressAnswer = z.object({ publishSeconds: z.number().optional() });
export type ProgressAnswer = z.infer<typeof progressAnswer>;

const namedBy: Readonly<Record<string, readonly ('branch' | 'commit' | 'pullRequestUrl')[]>> = {
  BranchPushed: ['branch', 'commit'],
  PullRequestOpened: ['branch', 'commit', 'pullRequestUrl'],
};

interface ToldEnd {
  readonly status: string;
  readonly reason: string;
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
  readonly pullRequestUrl?: string | undefined;
}

function contradictions(told: ToldEnd): (readonly [field: string, problem: string])[] {
  const status = statusOfReason(told.reason);
  if (status !== undefined && status !== told.status) {
    return [['reason', `${told.reason} goes with the status "${status}", not "${told.status}"`]];
  }
  const missing = (namedBy[told.reason] ?? []).filter((field) => told[field] === undefined);
  return missing.map((field) => [field, `is needed with ${told.reason}`]);
}

/** Body of `POST /tasks/{id}/complete`: how the attempt ended. */
export const outcome = z
  .object({
    attempt: attemptNumber,
    status: z.enum(['completed', 'failed', 'canceled']),
    reason,
    message: message.optional(),
    lastSeq: z.int().min(0).meta({
      description:
        'The last chunk that was sent; 0 = no log. Above what is durable: 409 `Hole`. Below it is fine: what is durable stays.',
    }),
    branch: text(limits.nameLength * 2).optional(),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a commit id')
      .optional(),
    pullRequestUrl: z
      .url({ protocol: /^https?$/ })
      .max(limits.urlLength)
      .optional(),
    usage: usage.optional(),
    retryAfterSeconds: z.number().min(0).max(86_400).optional(),
  })
  .superRefine((told, context) => {
    for (const [field, problem] of contradictions(told)) {
      context.addIssue({ code: 'custom', path: [field], message: problem });
    }
  })
  .meta({
    id: 'Outcome',
    description:
      'A reason that Verve knows goes with one status. `BranchPushed` and `PullRequestOpened` need branch and commit, the ' +
      'latter pullRequestUrl as well.',
  });
export type Outcome = z.infer<typeof outcome>;

/** Where a reader that was killed goes on. */
export const readerPosition = z.object({ lastSeq: z.int().min(0), cursor: z.string().optional() });
export type ReaderPosition = z.infer<typeof readerPosition>;
