import { newId, type AttemptRef } from '@verve/contract';

import type { Mount } from '../http/endpoint.ts';
import { notFound, ServiceError } from '../service-error.ts';
import { toWireWorker } from '../tasks/wire.ts';
import type { RouteParts } from './parts.ts';
import { projectFor, scopeOf } from './scope.ts';

/** Workers: registered, alive, listed, paused. */
export function mountWorkers(mount: Mount, parts: RouteParts): void {
  mountRegister(mount, parts);
  mountHeartbeat(mount, parts);
  mountPeopleCalls(mount, parts);
}

function mountRegister(mount: Mount, { storage, clock, leaseTimes }: RouteParts): void {
  mount('registerWorker', async ({ caller, body, reply }) => {
    const project = await projectFor(caller, undefined, storage.projects);
    const nowMs = clock.now();
    const result = await storage.workers.register(
      { ...body, projectId: project.id },
      {
        newId: newId('worker'),
        nowMs,
        aliveSinceMs: nowMs - leaseTimes.workerAliveSeconds * 1000,
      },
    );
    if (result.kind === 'taken') {
      throw new ServiceError(
        'AlreadyExists',
        `another instance is alive as "${body.name}"; stop it, or wait ${leaseTimes.workerAliveSeconds} s`,
      );
    }
    storage.hints.notify('workers');
    storage.hints.notify('changes');
    if (result.kind === 'known') reply.code(200);
    const { heartbeatSeconds, leaseSeconds } = leaseTimes;
    return { id: result.worker.id, heartbeatSeconds, leaseSeconds, features: [] };
  });
}

function mountHeartbeat(mount: Mount, { storage, clock, leaseTimes }: RouteParts): void {
  mount('heartbeat', async ({ caller, params, body }) => {
    const projectId = caller.projectId ?? (await storage.workers.find(params.id))?.projectId;
    if (projectId === undefined) throw notFound('worker');
    const nowMs = clock.now();
    const held = await storage.queue.renewLeases({
      projectId,
      workerId: params.id,
      running: body.running,
      nowMs,
      leaseUntilMs: nowMs + leaseTimes.leaseSeconds * 1000,
    });
    if (!held) throw notFound('worker');
    const names = new Set(held.map(nameOf));
    return {
      lost: body.running.filter((ref) => !names.has(nameOf(ref))),
      cancels: held
        .filter(({ isCancelRequested }) => isCancelRequested)
        .map(({ taskId, attempt }) => ({ taskId, attempt })),
    };
  });
}

function nameOf({ taskId, attempt }: AttemptRef): string {
  return `${taskId}/${attempt}`;
}

function mountPeopleCalls(mount: Mount, { storage }: RouteParts): void {
  mount('listWorkers', async ({ caller, query }) => {
    const projectId = await scopeOf(caller, query.projectId, storage.projects);
    return { workers: (await storage.workers.list(projectId)).map(toWireWorker) };
  });

  mount('updateWorker', async ({ params, body }) => {
    const worker = await storage.workers.setPaused(params.id, body.paused);
    if (!worker) throw notFound('worker');
    storage.hints.notify('workers');
    storage.hints.notify('changes');
    return toWireWorker(worker);
  });
}
