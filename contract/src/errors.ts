import { z } from 'zod';

import { attemptStatus, taskStatus } from './states.ts';

/** The HTTP status of each error code. */
export const errorStatuses = {
  InvalidArgument: 400,
  Unauthenticated: 401,
  PermissionDenied: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  TooLarge: 413,
  RateLimited: 429,
  Internal: 500,
  Unavailable: 503,
} as const satisfies Record<string, number>;

/** A stable code that a caller can act on. */
export type ErrorCode = keyof typeof errorStatuses;

/** What stands in the way of a write by a worker or a person, and what the caller does about it. */
export const conflict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('Hole'), expectedSeq: z.int() }),
  z.object({ kind: z.literal('SeqTaken'), expectedSeq: z.int() }),
  z.object({ kind: z.literal('Superseded'), attempt: z.int(), status: z.union([taskStatus, attemptStatus]) }),
  z.object({ kind: z.literal('IllegalTransition'), status: taskStatus }),
]);
export type Conflict = z.infer<typeof conflict>;

/** One problem of a request, at the path of the field. */
export const errorDetail = z.object({ path: z.string(), message: z.string() });
export type ErrorDetail = z.infer<typeof errorDetail>;

/** The body of every answer that is not 2xx. */
export const errorBody = z
  .object({
    error: z.object({
      code: z.string().meta({ description: Object.keys(errorStatuses).join(', ') }),
      message: z.string(),
      details: z.array(errorDetail).optional(),
      conflict: conflict.optional(),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;

/** Turns zod's issues into paths like `labels.team` and messages. */
export function detailsOf(error: z.ZodError): ErrorDetail[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        message: 'is not a known field',
      }));
    }
    return [{ path: pathOf(issue.path), message: issue.message }];
  });
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part) => (part === '' ? '""' : String(part))).join('.');
}
