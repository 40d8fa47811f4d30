import { z } from 'zod';

import { projectId, taskId, workerId } from './ids.ts';
import { limits } from './limits.ts';
import { logPage } from './log.ts';
import { reason } from './reasons.ts';
import { branch, repository } from './repository.ts';
import { attemptStatus, phase, taskStatus } from './states.ts';
import { countOr, labels, name, prose, text, timestamp } from './text.ts';
import { usage } from './usage.ts';

/** A task as every caller sees it. */
export const task = z
  .object({
    id: taskId,
    projectId,
    title: z.string(),
    description: z.string(),
    repository: z.string(),
    baseBranch: z.string().optional(),
    agent: z.string().optional(),
    model: z.string().optional(),
    priority: z.int(),
    labels,
    requires: labels,
    status: taskStatus,
    phase: phase.optional(),
    waiting: z.string().optional().meta({ description: 'Why nothing moves right now.' }),
    reason: reason.optional(),
    message: z.string().optional(),
    attempt: z.int().min(0).meta({ description: 'The newest attempt; 0 before the first.' }),
    maxAttempts: z.int(),
    timeoutSeconds: z.int(),
    workerId: workerId.optional(),
    notBefore: timestamp.optional(),
    cancelRequestedAt: timestamp.optional(),
    branch: z.string().optional(),
    commit: z.string().optional(),
    pullRequestUrl: z.string().optional(),
    usage: usage.optional(),
    createdBy: z.string(),
    createdAt: timestamp,
    startedAt: timestamp.optional(),
    finishedAt: timestamp.optional(),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof task>;

/** One try at a task. */
export const attempt = z
  .object({
    attempt: z.int().min(1),
    status: attemptStatus,
    reason: reason.optional(),
    message: z.string().optional(),
    workerId: workerId.optional(),
    startedAt: timestamp,
    finishedAt: timestamp.optional(),
    phases: z.array(z.object({ phase, startedAt: timestamp, finishedAt: timestamp.optional() })),
  })
  .meta({ id: 'Attempt' });
export type Attempt = z.infer<typeof attempt>;

/** A task with its newest attempts and the newest lines of its log. */
export const taskDetail = task
  .extend({
    attempts: z.array(attempt).meta({ description: `The newest ${limits.taskAttempts}, in order.` }),
    logs: logPage,
  })
  .meta({ id: 'TaskDetail' });
export type TaskDetail = z.infer<typeof taskDetail>;

/** Body of `POST /tasks`. */
export const createTask = z
  .strictObject({
    projectId: projectId.optional().meta({
      description: 'Needed when the key sees more than one project; an admin key without it means "default".',
    }),
    title: name.optional().meta({ description: "Else the description's first line." }),
    description: prose(limits.descriptionLength),
    repository: repository.optional().meta({ description: "Else the project's." }),
    baseBranch: branch
      .optional()
      .meta({ description: "Else the project's, else the repository's default branch." }),
    agent: name.optional().meta({ description: "Else the project's, else the worker's." }),
    model: name.optional(),
    priority: z.int().min(-100).max(100).default(0),
    labels: labels.default({}),
    requires: labels.default({}).meta({ description: 'Labels that a worker must have.' }),
    maxAttempts: z.int().min(1).max(10).default(1),
    timeoutSeconds: z.int().min(10).max(86_400).default(3_600),
  })
  .meta({ id: 'CreateTask' });
export type CreateTask = z.infer<typeof createTask>;
/** The same before defaults are filled in. */
export type CreateTaskInput = z.input<typeof createTask>;

/** Query of `GET /tasks`. */
export const listTasksQuery = z.strictObject({
  status: taskStatus.optional(),
  projectId: projectId.optional(),
  q: text(limits.nameLength).optional().meta({ description: 'Part of the title, description or id.' }),
  limit: countOr(50, 1, limits.taskPage),
  cursor: z.string().max(limits.nameLength).optional().meta({ description: "The page before's `next`." }),
});
export type ListTasksQuery = z.infer<typeof listTasksQuery>;

/** A page of tasks, newest first; `next` is there when more follow. */
export const taskPage = z
  .object({ tasks: z.array(task), next: z.string().optional() })
  .meta({ id: 'TaskPage' });
export type TaskPage = z.infer<typeof taskPage>;

/** Body of `POST /tasks/{id}/cancel`. */
export const cancelTask = z.strictObject({ reason: text(limits.messageLength).optional() });
export type CancelTask = z.infer<typeof cancelTask>;

/** Body of `POST /tasks/{id}/retry`. */
export const retryTask = z.strictObject({
  instructions: text(limits.descriptionLength).optional().meta({ description: 'Added to the description.' }),
});
export type RetryTask = z.infer<typeof retryTask>;
