import { api, basePath } from '@verve/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';

import type { Metrics } from '../metrics.ts';

/** Times every call but those that stay open on purpose, whose time says nothing. */
export function meter(app: FastifyInstance, metrics: Pick<Metrics, 'callAnswered'>): void {
  const pollRoute = basePath + api.pollTasks.path;

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
