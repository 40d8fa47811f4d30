import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { basePath } from '@verve/contract';
import type { FastifyInstance } from 'fastify';

import { ServiceError } from '../service-error.ts';
import type { OpenCalls } from './open-calls.ts';

/** The caller's id of the request if it is a sane one, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** Headers of every answer, and no new work for a server that stops. */
export function harden(app: FastifyInstance, openCalls: OpenCalls): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('x-frame-options', 'DENY');
    if (!request.url.startsWith(basePath)) return;
    // What a key may see is nobody else's to keep.
    reply.header('cache-control', 'no-store');
    if (openCalls.isStopping) throw new ServiceError('Unavailable', 'the server is stopping; try again');
  });

  // A connection that were kept beyond the stop would hold it up.
  app.addHook('onSend', async (_request, reply) => {
    if (openCalls.isStopping) reply.header('connection', 'close');
  });

  // Before the server stops listening, so that what is held can still be answered.
  app.addHook('preClose', async () => {
    openCalls.stop();
  });
}
