import { z } from 'zod';

import { limits } from './limits.ts';

/** Text of up to max characters without NUL, which no database column takes. */
function textUpTo(max: number): z.ZodString {
  return z
    .string()
    .max(max)
    .regex(/^[^\0]*$/, 'must not contain a NUL character');
}

/** The same of one character at least. */
export function text(max: number): z.ZodString {
  return textUpTo(max).min(1);
}

/** The same that has something to read in it. */
export function prose(max: number): z.ZodString {
  return textUpTo(max)
    .min(1, { error: 'must not be blank', abort: true })
    .refine((value) => value.trim() !== '', 'must not be blank');
}

/** A name: one line. */
export const name = text(limits.nameLength).regex(/^[^\r\n]*$/, 'must be one line');

/** A point in time, ISO 8601 in UTC. */
export const timestamp = z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' });

/** Labels: short keys and values, bounded in number. */
export const labels = z
  .record(text(limits.labelLength), textUpTo(limits.labelLength))
  .refine(
    (value) => Object.keys(value).length <= limits.labelCount,
    `must be at most ${limits.labelCount} labels`,
  );
export type Labels = z.infer<typeof labels>;

/** Digits on the way in, a number from there on. */
type Count = z.ZodPipe<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>, z.ZodInt>;

/** A whole number in an address: decimal digits and nothing else. */
export function count(min: number, max: number): Count {
  return (
    z
      .string()
      .regex(/^\d{1,15}$/, 'must be a whole number in decimal digits')
      .transform(Number)
      .pipe(z.int().min(min).max(max))
      // A pattern says nothing of an integer, as which the document tells it.
      .meta({ override: { type: 'integer', minimum: min, maximum: max, pattern: undefined } })
  );
}

/** The same for one that may be left out. */
export function countOr(fallback: number, min: number, max: number): z.ZodDefault<Count> {
  return count(min, max)
    .default(fallback)
    .meta({ override: { default: fallback } });
}

/** The number of an attempt. */
export const attemptNumber = z.int().min(1).max(limits.attempts);

/** A sentence for a person, cut to the bound rather than refused: it tells of an end that has already happened. */
export const message = z
  .string()
  .transform((value) => value.replaceAll('\0', '\uFFFD').slice(0, limits.messageLength));
