import { z } from 'zod';

import { limits } from './limits.ts';
import { phase } from './states.ts';
import { attemptNumber, count, countOr, text } from './text.ts';

const utf8 = new TextEncoder();

/** o is stdout, e stderr, v Verve itself. */
export type StreamLetter = 'o' | 'e' | 'v';

const line = z
  .string()
  .regex(/^[^\0\r\n]*$/, 'must be one line without NUL')
  .refine((value) => bytesAtMost(value, limits.lineBytes), {
    error: `must be at most ${limits.lineBytes} bytes`,
  });

/** Whether a text is no longer in UTF-8; none of its UTF-16 units takes more than three bytes. */
function bytesAtMost(text: string, max: number): boolean {
  return text.length * 3 <= max || utf8.encode(text).length <= max;
}

const cursor = z
  .string()
  .max(limits.cursorLength)
  .regex(/^[^\0]*$/, 'must not contain a NUL character');

const chunkFields = {
  attempt: attemptNumber,
  seq: z.int().min(1).meta({ description: 'Contiguous within the attempt, from 1.' }),
  phase: phase.optional(),
  at: z
    .array(z.int().min(0))
    .min(1)
    .max(limits.chunkLines)
    .meta({ description: 'Milliseconds since 1970, one a line.' }),
  streams: z
    .string()
    .regex(/^[oev]+$/, 'must be letters o, e and v, one a line')
    .meta({ description: 'One letter a line: o stdout, e stderr, v Verve itself.' }),
  lines: z.array(line).min(1).max(limits.chunkLines),
};

/** A batch of log lines of one attempt. */
export const chunk = z.object(chunkFields).meta({ id: 'Chunk' });
export type Chunk = z.infer<typeof chunk>;

/** Body of `POST /tasks/{id}/logs`: a chunk with the reader's cursor, which never comes back out with the lines. */
export const appendChunk = z
  .object({ ...chunkFields, cursor: cursor.optional() })
  .refine((value) => value.at.length === value.lines.length && value.streams.length === value.lines.length, {
    error: '"at", "streams" and "lines" must have one entry a line each',
  })
  .refine((value) => bytesAtMost(value.lines.join(''), limits.chunkBytes), {
    error: `must have at most ${limits.chunkBytes} bytes together`,
    path: ['lines'],
  })
  .meta({ id: 'AppendChunk' });
export type AppendChunk = z.infer<typeof appendChunk>;

/** A place in a task's log: `<attempt>.<seq>`, after the chunk of that name. `0.0` is the beginning. */
export const logPosition = z
  .string()
  .regex(/^\d{1,9}\.\d{1,15}$/, 'must be a position: <attempt>.<seq>')
  .meta({ example: '1.42' });

/** A place in a task's log, taken apart. */
export interface LogPosition {
  readonly attempt: number;
  readonly seq: number;
}

/** Where a log begins. */
export const logStart: LogPosition = { attempt: 0, seq: 0 };

/** Takes a checked position apart. */
export function parseLogPosition(value: string): LogPosition {
  const [attempt, seq] = value.split('.');
  return { attempt: Number(attempt), seq: Number(seq) };
}

/** The position after a chunk. */
export function formatLogPosition(position: LogPosition): string {
  return `${position.attempt}.${position.seq}`;
}

/** Query of `GET /tasks/{id}/logs`. */
export const readLogsQuery = z
  .strictObject({
    attempt: count(1, limits.attempts).optional().meta({ description: 'Absent: all attempts, in order.' }),
    after: logPosition.optional(),
    before: logPosition.optional(),
    tail: count(1, limits.logPageChunks).optional().meta({ description: 'The newest chunks.' }),
    limit: countOr(100, 1, limits.logPageChunks).meta({
      description: 'Chunks, not lines. A page of large chunks is shorter; go on from its `next`.',
    }),
    q: text(limits.nameLength)
      .optional()
      .meta({ description: 'Only chunks with this text, whatever its case.' }),
    format: z.enum(['json', 'text']).default('json'),
  })
  .refine(
    (query) => [query.after, query.before, query.tail].filter((value) => value !== undefined).length <= 1,
    {
      error: 'give one of "after", "before" and "tail"',
    },
  );
export type ReadLogsQuery = z.infer<typeof readLogsQuery>;

/** A page of a log in order. `isComplete`: the task has ended and the page reaches the end. */
export const logPage = z
  .object({ chunks: z.array(chunk), next: logPosition, isComplete: z.boolean() })
  .meta({ id: 'LogPage' });
export type LogPage = z.infer<typeof logPage>;
