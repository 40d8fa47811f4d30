import type { Answer, api } from '@verve/contract';
import type { FastifyReply } from 'fastify';

import { digest } from '../digest.ts';
import type { Mount } from '../http/endpoint.ts';
import { isDelivered } from '../http/open-calls.ts';
import type { PollResult } from '../queue/held-poll.ts';
import { notFound } from '../service-error.ts';
import { decideComplete } from '../tasks/complete.ts';
import { decideProgress } from '../tasks/progress.ts';
import { toWireTask } from '../tasks/wire.ts';
import { refusalOf } from './append-refusal.ts';
import type { RouteParts } from './parts.ts';

/** What a worker does with tasks: take them, send their logs, tell how they go and how they ended. */
export function mountWorkerCalls(mount: Mount, parts: RouteParts): void {
  mountPoll(mount, parts);
  mountLog(mount, parts);
  mountProgress(mount, parts);
  mountComplete(mount, parts);
}

function mountPoll(mount: Mount, { storage, dispatcher, openCalls, leaseTimes }: RouteParts): void {
  function answer(
    found: PollResult | undefined,
    reply: FastifyReply,
  ): Answer<typeof api.pollTasks> | undefined {
    if (!found) return undefined;
    const { claims, cancels } = found;
    if (claims.length > 0) {
      void isDelivered(reply.raw).then(async (delivered) => delivered || dispatcher.giveBack(claims));
    }
    const { leaseSeconds } = leaseTimes;
    return {
      claims: claims.map((task) => ({ task: toWireTask(task), attempt: task.attempt, leaseSeconds })),
      cancels: [...cancels],
    };
  }

  mount('pollTasks', async ({ caller, query, reply }) => {
    const { workersVersion } = dispatcher;
    const worker = await storage.workers.find(query.workerId, caller.projectId);
    if (!worker) throw notFound('worker');
    const signal = openCalls.track(reply);
    const request = { worker, workersVersion, slots: query.slots, waitMs: query.waitSeconds * 1000 };
    // Not awaited here: that would keep the worker's record for as long as the poll is held.
    return dispatcher.poll(request, signal).then((found) => answer(found, reply));
  });
}

function mountLog(mount: Mount, { storage, clock, metrics, leaseTimes }: RouteParts): void {
  mount('appendLogs', async ({ caller, params, body }) => {
    const nowMs = clock.now();
    const result = await storage.chunks.append({
      taskId: params.id,
      projectId: caller.projectId,
      chunk: body,
      nowMs,
      leaseUntilMs: nowMs + leaseTimes.leaseSeconds * 1000,
    });
    const refusal = refusalOf(result, body);
    if (refusal) throw refusal;
    if (result.kind === 'stored') {
      metrics.chunkStored(body.lines.length);
      storage.hints.notify('logs');
    }
    return {};
  });

  mount('readPosition', async ({ caller, params }) => {
    const position = await storage.chunks.position(params.id, params.attempt, caller.projectId);
    if (!position) throw notFound('attempt');
    return position;
  });
}

function mountProgress(mount: Mount, { mover, clock, leaseTimes }: RouteParts): void {
  mount('reportProgress', async ({ caller, params, body }) => {
    const ref = { id: params.id, attempt: body.attempt, projectId: caller.projectId };
    let answer = {};
    const task = await mover.change(ref, (snapshot) => {
      const decided = decideProgress(snapshot, body, {
        now: clock.now(),
        leaseMs: leaseTimes.leaseSeconds * 1000,
        publishMs: leaseTimes.publishSeconds * 1000,
      });
      answer = decided.answer;
      return decided.change;
    });
    if (!task) throw notFound('task');
    return answer;
  });
}

function mountComplete(mount: Mount, { mover, clock }: RouteParts): void {
  mount('completeTask', async ({ caller, params, body }) => {
    const ref = { id: params.id, attempt: body.attempt, projectId: caller.projectId };
    const at = { now: clock.now(), outcomeHash: digest(body) };
    const task = await mover.change(ref, (snapshot) => decideComplete(snapshot, body, at));
    if (!task) throw notFound('task');
    return {};
  });
}
