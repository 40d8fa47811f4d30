import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SentEvent } from './dialect.ts';

/** What is sent for a request. */
export type Reply =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly retryAfterSeconds?: number;
    }
  | {
      readonly kind: 'stream';
      readonly events: readonly SentEvent[];
      readonly dripMs: number;
      readonly isCut: boolean;
    }
  /** Headers, and never a word. */
  | { readonly kind: 'silent' }
  /** The socket ends without an answer. */
  | { readonly kind: 'cut' };

/** Sends a reply. Ends early, and without an error, when the client goes or the signal comes. */
export async function send(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  switch (reply.kind) {
    case 'json':
      return sendJson(response, reply);
    case 'stream':
      return sendEvents(response, reply, signal);
    case 'silent':
      beginStream(response);
      return;
    case 'cut':
      response.destroy();
  }
}

/** Waits, or until the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}

function sendJson(response: ServerResponse, reply: Reply & { kind: 'json' }): void {
  const { status, body, retryAfterSeconds } = reply;
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

async function sendEvents(
  response: ServerResponse,
  { events, dripMs, isCut }: Reply & { kind: 'stream' },
  signal: AbortSignal,
): Promise<void> {
  beginStream(response);
  const told = isCut ? events.slice(0, Math.floor(events.length / 2)) : events;
  for (const event of told) {
    if (signal.aborted) return;
    await written(response, format(event));
    await pause(dripMs, signal);
  }
  if (isCut) response.destroy();
  else response.end();
}

/** Resolves when a text has left, so that what is cut afterwards is cut behind it. */
async function written(response: ServerResponse, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.write(text, () => resolve());
  return promise;
}

function format({ name, data }: SentEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`;
}
