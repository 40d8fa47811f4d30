import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { FastifyReply } from 'fastify';

/** One server-sent event. Without `event` it only moves the position that a reconnect goes on from. */
export interface ServerEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: unknown;
}

/** How a stream lives. */
export interface StreamOptions {
  /** Ends the stream: the caller is gone, or the server stops. */
  readonly signal: AbortSignal;
  /** How often a comment shows proxies and both ends that the stream is alive. */
  readonly heartbeatMs: number;
}

/** Whether an `Accept` header names streams of events, and not in order to refuse them. */
export function wantsEvents(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

/** Writes an event as the wire has it. */
export function formatEvent({ event, id, data }: ServerEvent): string {
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

/**
 * Answers with a stream of events: headers at once, no faster than the caller reads. Ends when `events` do, or when
 * the signal aborts, which must also end `events`. What `events` throws passes through, after the stream was ended.
 */
export async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerEvent>,
  { signal, heartbeatMs }: StreamOptions,
): Promise<void> {
  reply.header('content-type', 'text/event-stream; charset=utf-8');
  // Keeps nginx from collecting the stream.
  reply.header('x-accel-buffering', 'no');
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, headersOf(reply));
  raw.flushHeaders();

  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(':\n\n');
  }, heartbeatMs);
  try {
    await writeEvents(raw, events, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    // Who does not read would hold up a stop for as long as the connection lives.
    if (signal.aborted && raw.writableNeedDrain) raw.destroy();
    else raw.end();
  }
}

async function writeEvents(
  raw: ServerResponse,
  events: AsyncIterable<ServerEvent>,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of events) {
    if (signal.aborted) return;
    if (!raw.write(formatEvent(event))) await drained(raw, signal);
  }
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  const entries = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  // A connection that has carried a stream is not kept: it would only hold up a stop.
  return { ...Object.fromEntries(entries), connection: 'close' };
}

async function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(raw, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
