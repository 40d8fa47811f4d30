import { newId } from '@verve/contract';
import { createMasker } from '@verve/contract/masking';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import type { RunLine } from '../executor.ts';
import { lineSource } from '../testing/line-source.ts';
import { takeIn } from './intake.ts';

const ref = { taskId: newId('task'), attempt: 1 };
const never = new AbortController().signal;

test('while the disk takes nothing, reading stops, and no line is lost', async () => {
  const source = lineSource(10);
  source.write(Array.from({ length: 50 }, (_, n) => `line ${n}`));
  source.end();
  const taken: RunLine[] = [];
  const told: string[] = [];
  let isFull = true;
  const spool = {
    end: undefined,
    async append(lines: readonly RunLine[]) {
      if (isFull) throw new Error('ENOSPC');
      taken.push(...lines);
    },
    finish: async () => undefined,
  };
  const logger = pino({ base: null }, { write: (line) => void told.push(line) });
  const masker = createMasker();
  const refresh = async (): Promise<void> => undefined;

  const done = takeIn({ ref, level: 'full', executor: source, spool, masker, refresh, logger }, never);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  const givenWhileFull = source.given;
  isFull = false;
  await done;

  expect(givenWhileFull).toBe(10);
  expect(taken.map((line) => line.text)).toEqual(Array.from({ length: 50 }, (_, n) => `line ${n}`));
  expect(told.map((line) => JSON.parse(line).msg)).toEqual([
    'the spool of the log cannot be written; trying on',
    'the spool of the log takes lines again',
  ]);
});
