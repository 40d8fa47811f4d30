import { newId } from '@verve/contract';
import { createMasker } from '@verve/contract/masking';
import { expect, test, vi } from 'vitest';

import type { RunLine } from '../executor.ts';
import { lineSource } from '../testing/line-source.ts';
import { takeIn } from './intake.ts';

const ref = { taskId: newId('task'), attempt: 1 };
const never = new AbortController().signal;

test('while the spool takes nothing, reading stops, and no line is lost', async () => {
  const source = lineSource(10);
  source.write(Array.from({ length: 50 }, (_, n) => `line ${n}`));
  source.end();
  const taken: RunLine[] = [];
  const room = Promise.withResolvers<void>();
  const spool = {
    end: undefined,
    append: vi.fn(async (lines: readonly RunLine[]) => {
      await room.promise;
      taken.push(...lines);
    }),
    finish: async () => undefined,
  };
  const masker = createMasker();
  const refresh = async (): Promise<void> => undefined;

  const done = takeIn({ ref, level: 'full', executor: source, spool, masker, refresh }, never);
  await vi.waitFor(() => expect(spool.append).toHaveBeenCalled());
  const givenWhileFull = source.given;
  room.resolve();
  await done;

  expect(givenWhileFull).toBe(10);
  expect(taken.map((line) => line.text)).toEqual(Array.from({ length: 50 }, (_, n) => `line ${n}`));
});
