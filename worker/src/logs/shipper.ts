import { setTimeout as wait } from 'node:timers/promises';

import {
  ApiError,
  type AppendChunk,
  type AttemptRef,
  type Client,
  type LogLevel,
  type ReaderPosition,
} from '@verve/contract';
import type { Masker } from '@verve/contract/masking';
import type { Logger } from 'pino';

import type { Executor, RunLine } from '../executor.ts';
import type { Meters } from '../meters.ts';
import { persist } from '../retry.ts';
import { chunkBounds, cutChunks } from './chunks.ts';
import { takeIn } from './intake.ts';
import { openSpool, type Spool, type SpoolBounds } from './spool.ts';

const rewindMs = 500;

/** What shipping a log takes. */
export interface LogShipping {
  readonly ref: AttemptRef;
  readonly level: LogLevel;
  readonly client: Client;
  readonly executor: Pick<Executor, 'follow'>;
  readonly spoolFolder: string;
  readonly bounds: SpoolBounds;
  /** `spoolBytes` of this run alone. */
  readonly meters: Pick<Meters, 'chunkShipped' | 'logGap' | 'spoolBytes'>;
  readonly masker: Masker;
  /** Lets the masker know what is secret now. */
  readonly refresh: () => Promise<void>;
  readonly logger: Logger;
}

/** All lines are durable at the server, or the server no longer takes them from this attempt. */
export type Shipped =
  | { readonly kind: 'shipped'; readonly lastSeq: number }
  | { readonly kind: 'superseded' };

/**
 * Ships a run's log from wherever the server says it has got to, until the run has ended and every line is durable.
 * Each line arrives once: after a crash, a lost answer or a refusal it asks for the position and goes on from there, in
 * the spool if that has the place, else at the source.
 */
export async function shipLog(shipping: LogShipping, signal: AbortSignal): Promise<Shipped> {
  for (;;) {
    const shipped = await shipFromPosition(shipping, signal);
    if (shipped !== 'rewind') return shipped;
    shipping.logger.warn('the server has another position of the log; going on from there');
    await wait(rewindMs, undefined, { signal });
  }
}

async function shipFromPosition(shipping: LogShipping, signal: AbortSignal): Promise<Shipped | 'rewind'> {
  const { spoolFolder: folder, bounds, meters, logger } = shipping;
  try {
    const { lastSeq, cursor } = await readPosition(shipping, signal);
    await using spool = await openSpool({ folder, bounds, cursor, meters, logger });
    await using _intake = beginIntake(shipping, spool, signal);
    let seq = lastSeq;
    for await (const lines of cutChunks(async () => spool.read(), chunkBounds)) {
      seq++;
      await append(shipping, toChunk(shipping.ref, seq, lines), signal);
      await spool.release(lines.length);
      meters.chunkShipped(lines.length, bytesOf(lines));
    }
    signal.throwIfAborted();
    return { kind: 'shipped', lastSeq: seq };
  } catch (error) {
    return decide(error);
  }
}

function bytesOf(lines: readonly RunLine[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line.text), 0);
}

async function readPosition(
  { ref, client, logger }: LogShipping,
  signal: AbortSignal,
): Promise<ReaderPosition> {
  const params = { id: ref.taskId, attempt: String(ref.attempt) };
  const ask = async (): Promise<ReaderPosition> => client.ask('readPosition', { params, signal });
  return persist({ call: 'read position', logger }, ask, signal);
}

/** Beside the shipping, which hears of its failure from the spool. */
function beginIntake(shipping: LogShipping, spool: Spool, signal: AbortSignal): AsyncDisposable {
  const stop = new AbortController();
  const done = takeIn({ ...shipping, spool }, AbortSignal.any([signal, stop.signal])).catch(
    (error: unknown) => spool.fail(error),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
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
    logger.error({ seq: chunk.seq, err: error }, 'chunk refused; a line takes its place');
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
