import { isTerminal, newId, taskId } from '@verve/contract';

import { digest } from '../digest.ts';
import type { Mount } from '../http/endpoint.ts';
import { conflictWith, invalid, notFound, ServiceError } from '../service-error.ts';
import type { TaskRecord } from '../storage/records.ts';
import { decideCancel } from '../tasks/cancel.ts';
import { newTask } from '../tasks/new-task.ts';
import { decideRetry } from '../tasks/retry.ts';
import { toWireAttempt } from '../tasks/wire.ts';
import { announceNew } from './announce.ts';
import { readNewestLines } from './log-page.ts';
import type { RouteParts } from './parts.ts';
import { projectFor, scopeOf } from './scope.ts';
import { viewTask, viewTasks } from './task-view.ts';

/** What people do with tasks: create, list, look, cancel, retry, delete. */
export function mountTasks(mount: Mount, parts: RouteParts): void {
  mountCreate(mount, parts);
  mountReading(mount, parts);
  mountMoves(mount, parts);
}

function mountCreate(mount: Mount, parts: RouteParts): void {
  const { storage, clock, metrics } = parts;

  mount('createTask', async ({ caller, body, headers, request }) => {
    const project = await projectFor(caller, body.projectId, storage.projects);
    const origin = { id: newId('task'), project, createdBy: caller.name, now: clock.now() };
    const key = headers['idempotency-key'];
    const result = await storage.tasks.create(
      newTask(body, origin),
      // As it was given: the defaults of the version that is asked again may be others.
      key === undefined ? undefined : { key, bodyHash: digest(request.body) },
    );
    if (result.kind === 'mismatch') {
      throw new ServiceError('Conflict', 'this Idempotency-Key was used with another body');
    }
    if (result.kind === 'created') {
      metrics.taskCreated();
      announceNew(storage, result.task.id);
    }
    return viewTask(parts, result.task);
  });
}

function mountReading(mount: Mount, parts: RouteParts): void {
  const { storage } = parts;

  mount('listTasks', async ({ caller, query }) => {
    const { cursor, limit, status, q } = query;
    if (cursor !== undefined && !taskId.safeParse(cursor).success) {
      throw invalid('cursor', 'must be the `next` of a page');
    }
    const projectId = await scopeOf(caller, query.projectId, storage.projects);
    const found = await storage.tasks.list({ projectId, status, q, before: cursor, limit: limit + 1 });
    const page = found.slice(0, limit);
    const next = found.length > limit ? page.at(-1)?.id : undefined;
    return { tasks: await viewTasks(parts, page), next };
  });

  mount('getTask', async ({ caller, params }) => {
    const task = known(await storage.tasks.find({ id: params.id, projectId: caller.projectId }));
    const [wire, attempts, logs] = await Promise.all([
      viewTask(parts, task),
      storage.tasks.attempts(task.id),
      readNewestLines(storage.chunks, task.id, isTerminal(task.status)),
    ]);
    return { ...wire, attempts: attempts.map(toWireAttempt), logs };
  });
}

function mountMoves(mount: Mount, parts: RouteParts): void {
  const { storage, mover, clock } = parts;

  mount('cancelTask', async ({ caller, params, body }) => {
    const ref = { id: params.id, projectId: caller.projectId };
    const cancel = { by: caller.name, reason: body.reason, now: clock.now() };
    const task = known(await mover.change(ref, (snapshot) => decideCancel(snapshot, cancel)));
    return viewTask(parts, task);
  });

  mount('retryTask', async ({ caller, params, body }) => {
    const ref = { id: params.id, projectId: caller.projectId };
    const task = known(await mover.change(ref, (snapshot) => decideRetry(snapshot, body)));
    return viewTask(parts, task);
  });

  mount('deleteTask', async ({ caller, params }) => {
    const ref = { id: params.id, projectId: caller.projectId };
    const removed = await storage.tasks.remove(ref);
    if (removed === 'absent') throw notFound('task');
    if (removed === 'notEnded') {
      const { status } = known(await storage.tasks.find(ref));
      throw conflictWith(
        { kind: 'IllegalTransition', status },
        `the task is ${status}; cancel it first, only an ended one can be deleted`,
      );
    }
    storage.hints.notify('logs');
    return undefined;
  });
}

function known(task: TaskRecord | undefined): TaskRecord {
  if (!task) throw notFound('task');
  return task;
}
