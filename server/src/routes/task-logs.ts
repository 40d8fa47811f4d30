import { Readable } from 'node:stream';

import {
  type api,
  formatLogPosition,
  isTerminal,
  logPosition,
  logStart,
  parseLogPosition,
  type LogPosition,
  type ReadLogsQuery,
} from '@verve/contract';

import type { Call, Mount } from '../http/endpoint.ts';
import { wantsEvents, type ServerEvent } from '../http/sse.ts';
import type { LogTail } from '../logs/log-tail.ts';
import { invalid, notFound } from '../service-error.ts';
import type { TaskRecord } from '../storage/records.ts';
import { isEnd, readPage, readText, toText, toWireChunk, type Part } from './log-page.ts';
import type { RouteParts } from './parts.ts';
import { lastEventId, streamTo } from './stream.ts';

type LogCall = Call<typeof api.readLogs>;

/** A task's log: pages, text, or a stream that follows it. */
export function mountTaskLogs(mount: Mount, parts: RouteParts): void {
  const { tasks, chunks } = parts.storage;

  mount('readLogs', async (call) => {
    const { params, query, caller, request } = call;
    const task = await tasks.find({ id: params.id, projectId: caller.projectId });
    if (!task) throw notFound('task');
    if (wantsEvents(request.headers.accept)) return follow(call, task, parts);
    if (query.format === 'text') return download(call, task, parts);
    const filter = filterOf(task, query);
    return readPage(chunks, { filter, part: partOf(query), hasEnded: isTerminal(task.status) });
  });
}

function filterOf(
  task: TaskRecord,
  query: ReadLogsQuery,
): Pick<ReadLogsQuery, 'attempt' | 'q'> & { taskId: string } {
  return { taskId: task.id, attempt: query.attempt, q: query.q };
}

function partOf({ after, before, tail, limit }: ReadLogsQuery): Part {
  if (before !== undefined) return { kind: 'before', position: parseLogPosition(before), limit };
  if (tail !== undefined) return { kind: 'tail', limit: tail };
  return { kind: 'after', position: after === undefined ? logStart : parseLogPosition(after), limit };
}

/** Follows the log live. A client that comes back after the end gets 204, upon which browsers stop asking. */
async function follow(call: LogCall, task: TaskRecord, parts: RouteParts): Promise<undefined> {
  const { query, request } = call;
  const misfit = (['before', 'tail', 'q'] as const).find((field) => query[field] !== undefined);
  if (misfit) throw invalid(misfit, 'does not go with a stream, which has everything after a position');
  if (query.format === 'text') throw invalid('format', 'does not go with a stream');

  const resumed = lastEventId(request);
  if (resumed !== undefined && !logPosition.safeParse(resumed).success) {
    throw invalid('Last-Event-ID', 'must be a position: <attempt>.<seq>');
  }
  const given = resumed ?? query.after;
  const after = given === undefined ? logStart : parseLogPosition(given);
  const target = { taskId: task.id, attempt: query.attempt };
  if (
    resumed !== undefined &&
    isTerminal(task.status) &&
    (await isEnd(parts.storage.chunks, target, after))
  ) {
    return undefined;
  }
  return streamTo(call, parts, {
    kind: 'logs',
    events: (signal) => toEvents(parts.logTail.follow({ ...target, after }, signal), after),
  });
}

async function* toEvents(
  tail: ReturnType<LogTail['follow']>,
  after: LogPosition,
): AsyncGenerator<ServerEvent> {
  let position = after;
  for await (const { chunks, isComplete } of tail) {
    for (const chunk of chunks) {
      position = chunk;
      yield { event: 'chunk', id: formatLogPosition(chunk), data: toWireChunk(chunk) };
    }
    // With a position even when the log is empty, so that a browser's reconnect finds the end.
    if (isComplete) yield { event: 'end', id: formatLogPosition(position), data: {} };
  }
}

async function download(call: LogCall, task: TaskRecord, parts: RouteParts): Promise<LogCall['reply']> {
  const { query, reply } = call;
  const filter = filterOf(task, query);
  const { chunks } = parts.storage;
  reply.type('text/plain; charset=utf-8');
  reply.header('content-disposition', `attachment; filename="${task.id}.log"`);
  const part = partOf(query);
  if (part.kind !== 'after') {
    const page = await readPage(chunks, { filter, part, hasEnded: false });
    return reply.send(toText(page.chunks));
  }
  const signal = parts.openCalls.track(reply);
  if (!signal.aborted) {
    parts.metrics.streamOpened('download');
    signal.addEventListener('abort', () => parts.metrics.streamClosed('download'), { once: true });
  }
  // The signal reaches a stream whose reader has stopped reading, too.
  const text = readText(chunks, { filter, after: part.position }, signal);
  return reply.send(Readable.from(text, { highWaterMark: 1, signal }));
}
