import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type AppendChunk, type AttemptRef, type Client } from '@verve/contract';
import type { Logger } from 'pino';

import type { Executor, RunLine } from './executor.ts';
import { cutChunks, liveBounds } from './log-chunks.ts';
import { persist } from './retry.ts';

const rewindMs = 500;

/** What shipping a log takes. */
export interface LogShipping {
  readonly ref: AttemptRef;
  readonly client: Client;
  readonly executor: Pick<Executor, 'follow'>;
  readonly logger: Logger;
}

/** All lines are durable at the server, or the server no longer takes them from this attempt. */
export type Shipped =
  | { readonly kind: 'shipped'; readonly lastSeq: number }
  | { readonly kind: 'superseded' };

/**
 * Ships a run's log from wherever the server says it has got to, until the run has ended and every line is durable.
 * Each line arrives once: after a crash, a lost answer or a refusal it asks for the position and reads on from there.
 */
export async function shipLog(shipping: LogShipping, signal: AbortSignal): Promise<Shipped> {
  for (;;) {
    const shipped = await shipFromPosition(shipping, signal);
    if (shipped !== 'rewind') return shipped;
    shipping.logger.warn(
      { ...shipping.ref },
      'the server has another position of the log; reading on from there',
    );
    await wait(rewindMs, undefined, { signal });
  }
}

async function shipFromPosition(shipping: LogShipping, signal: AbortSignal): Promise<Shipped | 'rewind'> {
  const { ref, client, executor, logger } = shipping;
  const params = { id: ref.taskId, attempt: String(ref.attempt) };
  const ask = async (): Promise<{ lastSeq: number; cursor?: string | undefined }> =>
    client.ask('readPosition', { params, signal });
  try {
    const position = await persist({ call: 'read position', logger }, ask, signal);
    let lastSeq = position.lastSeq;
    const follow = (inner: AbortSignal): ReturnType<Executor['follow']> =>
      executor.follow(ref, position.cursor, inner);
    for await (const lines of cutChunks(follow, liveBounds, signal)) {
      await append(shipping, toChunk(ref, lastSeq + 1, lines), signal);
      lastSeq++;
    }
    signal.throwIfAborted();
    return { kind: 'shipped', lastSeq };
  } catch (error) {
    return decide(error);
  }
}

/** What a refusal means for the log; anything else is thrown on. */
function decide(error: unknown): Shipped | 'rewind' {
  if (!(error instanceof ApiError)) throw error;
  if (error.code === 'NotFound') return { kind: 'superseded' };
  switch (error.conflict?.kind) {
    case 'Hole':
    case 'SeqTaken':
      return 'rewind';
    case 'Superseded':
    case 'IllegalTransition':
      return { kind: 'superseded' };
    case undefined:
      throw error;
    default:
      error.conflict satisfies never;
      throw error;
  }
}

async function append(shipping: LogShipping, chunk: AppendChunk, signal: AbortSignal): Promise<void> {
  const { ref, client, logger } = shipping;
  const send = async (body: AppendChunk): Promise<unknown> =>
    persist(
      { call: 'append log', logger },
      async () => client.call('appendLogs', { params: { id: ref.taskId }, body, signal }),
      signal,
    );
  try {
    await send(chunk);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 413)) throw error;
    logger.error({ ...ref, seq: chunk.seq, err: error }, 'chunk refused; a line takes its place');
    await send(replacement(chunk, error));
  }
}

function toChunk(ref: AttemptRef, seq: number, lines: readonly RunLine[]): AppendChunk {
  const last = lines.at(-1);
  return {
    attempt: ref.attempt,
    seq,
    ...(last && { phase: last.phase, cursor: last.cursor }),
    at: lines.map((line) => line.atMs),
    streams: lines.map((line) => line.stream).join(''),
    lines: lines.map((line) => line.text),
  };
}

/** Stands for a chunk that the server refuses, so that the log goes on after it. */
function replacement(chunk: AppendChunk, error: ApiError): AppendChunk {
  const why = error.message.replaceAll(/[\0\r\n]+/g, ' ').slice(0, 500);
  return {
    ...chunk,
    at: chunk.at.slice(0, 1),
    streams: 'v',
    lines: [`${chunk.lines.length} line(s) are missing here: the server refused them (${why})`],
  };
}
