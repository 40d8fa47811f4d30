import { api, basePath } from '@verve/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';

import type { Metrics } from '../metrics.ts';
import { StorageUnavailable } from '../storage/storage.ts';

/**
 * Times every call but those that stay open on purpose, whose time says nothing, and counts those that found the
 * database away.
 */
export function meter(
  app: FastifyInstance,
  metrics: Pick<Metrics, 'callAnswered' | 'storageUnavailable'>,
): void {
  const pollRoute = basePath + api.pollTasks.path;

  app.addHook('onError', async (_request, _reply, error) => {
    if (error instanceof StorageUnavailable) metrics.storageUnavailable('http');
  });

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === pollRoute || isStream(reply)) return;
    metrics.callAnswered({
      method: route === undefined ? 'any' : request.method,
      route: route ?? 'unknown',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
  });
}

function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
