import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Caller } from '../http/auth.ts';
import { sendEvents, type ServerEvent } from '../http/sse.ts';
import type { RouteParts } from './parts.ts';

/** A caller who is to get a stream. */
interface Listener {
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What is streamed. */
interface Streamed {
  /** What it counts as. */
  readonly kind: 'logs' | 'events';
  readonly events: (signal: AbortSignal) => AsyncIterable<ServerEvent>;
}

/**
 * Answers with a stream of events until they end, the caller goes, the server stops, or the caller's key is not valid
 * any more. What breaks `events` ends the stream and is logged: the client comes back with its position.
 */
export async function streamTo(
  { caller, request, reply }: Listener,
  parts: Pick<RouteParts, 'openCalls' | 'authenticator' | 'metrics' | 'http'>,
  { kind, events }: Streamed,
): Promise<undefined> {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort();
  };
  const gone = parts.openCalls.track(reply);
  gone.addEventListener('abort', end, { once: true });
  if (gone.aborted) end();

  const recheck = setInterval(() => {
    // A database that is away proves nothing about the key.
    parts.authenticator.identify(caller.credential).then(
      (found) => found ?? end(),
      () => undefined,
    );
  }, parts.http.streamRecheckMs);
  parts.metrics.streamOpened(kind);
  try {
    const { signal } = controller;
    await sendEvents(reply, events(signal), { signal, heartbeatMs: parts.http.streamHeartbeatMs });
  } catch (error) {
    request.log.warn({ err: error, requestId: request.id, kind }, 'stream broke off');
  } finally {
    clearInterval(recheck);
    parts.metrics.streamClosed(kind);
  }
  return undefined;
}

/** Where a client that lost its stream goes on. */
export function lastEventId(request: FastifyRequest): string | undefined {
  const given = request.headers['last-event-id'];
  return typeof given === 'string' && given !== '' ? given : undefined;
}
