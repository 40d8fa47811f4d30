import { z } from 'zod';

import { limits } from './limits.ts';

const noNul = /^[^\0]*$/;

/** Text of 1..max characters without NUL, which no database column takes. */
export function text(max: number): z.ZodString {
  return z.string().min(1).max(max).regex(noNul, 'must not contain a NUL character');
}

/** A name: one line. */
export const name = text(limits.nameLength).regex(/^[^\r\n]*$/, 'must be one line');

/** A point in time, ISO 8601 in UTC. */
export const timestamp = z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' });

/** Labels: short keys and values, bounded in number. */
export const labels = z
  .record(text(limits.labelLength), z.string().max(limits.labelLength).regex(noNul))
  .refine((value) => Object.keys(value).length <= limits.labelCount, `at most ${limits.labelCount} labels`);
export type Labels = z.infer<typeof labels>;

/** A whole number given as a query parameter. */
export function count(min: number, max: number): z.ZodCoercedNumber<string> {
  return z.coerce.number<string>().int().min(min).max(max);
}

/** The number of an attempt. */
export const attemptNumber = z.int().min(1).max(limits.attempts);

/** A sentence for a person, cut to the bound rather than refused: it tells of an end that has already happened. */
export const message = z
  .string()
  .transform((value) => value.replaceAll('\0', '\uFFFD').slice(0, limits.messageLength));
