import { setTimeout as pause } from 'node:timers/promises';

import {
  ApiError,
  chunk as chunkSchema,
  createClient,
  createEventParser,
  ServerUnreachable,
  task as taskSchema,
  type Chunk,
  type Client,
  type ServerEvent,
} from '@verve/contract';

/** What a follower of streams needs. */
export interface Follower {
  readonly urls: readonly string[];
  readonly key: string;
  readonly onReconnect: () => void;
}

/** Follows a task's log to its end, going on at the next server whenever a connection ends. Every chunk as it came. */
export async function followLog(follower: Follower, taskId: string, signal: AbortSignal): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const open = (client: Client, headers: Record<string, string>): Promise<Response> =>
    client.open('readLogs', { params: { id: taskId }, query: {}, headers, signal });
  for await (const { event, data } of follow(follower, open, signal)) {
    if (event === 'end') break;
    chunks.push(chunkSchema.parse(JSON.parse(data)));
  }
  return chunks;
}

/** Follows the changes of tasks until so many have completed; the order in which they were told. */
export async function followCompletions(
  follower: Follower,
  count: number,
  signal: AbortSignal,
): Promise<Set<string>> {
  const completed = new Set<string>();
  const open = (client: Client, headers: Record<string, string>): Promise<Response> =>
    client.open('streamEvents', { query: {}, headers, signal });
  for await (const { event, data } of follow(follower, open, signal)) {
    if (event !== 'task') continue;
    const task = taskSchema.parse(JSON.parse(data));
    if (task.status === 'completed') completed.add(task.id);
    if (completed.size === count) break;
  }
  return completed;
}

type Open = (client: Client, headers: Record<string, string>) => Promise<Response>;

/** Ends with a 204: there is nothing after the last event. */
async function* follow(follower: Follower, open: Open, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  let lastId: string | undefined;
  let turn = 0;

  /** Follows one connection as far as it goes; true when there is no more after it. */
  async function* followOnce(): AsyncGenerator<ServerEvent, boolean> {
    const baseUrl = follower.urls[turn % follower.urls.length] ?? '';
    const client = createClient({ baseUrl, key: follower.key, fetch });
    const resume: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
    try {
      const response = await open(client, { accept: 'text/event-stream', ...resume });
      if (response.body === null) return true;
      for await (const event of eventsOf(response.body)) {
        lastId = event.id ?? lastId;
        yield event;
      }
    } catch (error) {
      signal.throwIfAborted();
      const isRefused = error instanceof ApiError && !error.isTransient;
      if (isRefused) throw error;
      if (error instanceof ServerUnreachable) await pause(20, undefined, { signal });
    }
    return false;
  }

  while (!(yield* followOnce())) {
    turn += 1;
    follower.onReconnect();
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ServerEvent> {
  const parser = createEventParser();
  for await (const text of body.pipeThrough(new TextDecoderStream())) yield* parser.push(text);
}
