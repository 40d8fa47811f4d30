import type { ServerResponse } from 'node:http';

import type { FastifyReply } from 'fastify';

/** The calls that stay open: held polls, streams and downloads. Ends them all when the server stops. */
export interface OpenCalls {
  /** Aborts when the caller is gone, the answer is out, or the server stops. */
  track(reply: FastifyReply): AbortSignal;
  /** No new call is taken from here on, and the open ones come to their end. */
  stop(): void;
  readonly isStopping: boolean;
}

/** One for a server. */
export function createOpenCalls(): OpenCalls {
  const controllers = new Set<AbortController>();
  let isStopping = false;

  return {
    track(reply) {
      // Of a caller who is gone no close will come that takes it out again.
      if (isStopping || reply.raw.destroyed) return AbortSignal.abort();
      const controller = new AbortController();
      controllers.add(controller);
      reply.raw.once('close', () => {
        controllers.delete(controller);
        controller.abort();
      });
      return controller.signal;
    },
    stop() {
      isStopping = true;
      for (const controller of controllers) controller.abort();
    },
    get isStopping() {
      return isStopping;
    },
  };
}

/** Resolves once the answer has left, true, or its connection broke first, false. */
export function isDelivered(raw: ServerResponse): Promise<boolean> {
  if (raw.destroyed || raw.closed) return Promise.resolve(raw.writableFinished);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  raw.once('close', () => {
    resolve(raw.writableFinished);
  });
  return promise;
}
