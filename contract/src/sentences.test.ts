import { expect, test } from 'vitest';
import { z } from 'zod';

import { detailsOf } from './errors.ts';
import { sentenceOf } from './sentences.ts';

test.each([
  [z.string(), undefined, 'is needed'],
  [z.string(), 1, 'must be text'],
  [z.int(), '1', 'must be a number in decimal digits'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.object({}), [], 'must be an object'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().min(16), '', 'must have at least 16 characters'],
  [z.string().max(1), 'ab', 'must have at most 1 character'],
  [z.array(z.int()).min(1), [], 'must not be empty'],
  [z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 entries'],
  [z.number().positive(), 0, 'must be above 0'],
  [z.number().max(10), 11, 'must be at most 10'],
  [z.enum(['a', 'b']), 'c', 'must be one of "a", "b"'],
  [z.literal('a'), 'c', 'must be "a"'],
  [z.url(), 'x', 'must be a URL'],
  [z.iso.datetime(), 'x', 'must be a time in UTC, as 2026-01-31T12:00:00Z'],
  [z.record(z.string().min(1), z.string()), { '': '' }, 'has a key that must not be empty'],
  [z.union([z.boolean(), z.string()]), 1, 'has none of the forms that it may have'],
  [z.string().min(2, 'is too short for us'), '', 'is too short for us'],
])('case %#: a person reads what is wrong', (schema, value, sentence) => {
  const { error } = schema.safeParse(value, { error: sentenceOf });

  expect(error && detailsOf(error).map(({ message }) => message)).toEqual([sentence]);
});
