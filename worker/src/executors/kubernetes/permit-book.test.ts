import { expect, test, vi } from 'vitest';

import { createPermitBook } from './permit-book.ts';

test('there is no permit before one is given', () => {
  const book = createPermitBook();

  expect([book.isValid, book.unused, book.textFor(1)]).toEqual([false, 0, undefined]);
});

test('a permit is told from the tick that was told last, for no longer than it lasts', () => {
  const book = createPermitBook();
  book.grant(60_000);

  const told = JSON.parse(book.textFor(7) ?? '') as { tick: number; forMs: number };

  expect(told.tick).toBe(7);
  expect(told.forMs).toBeGreaterThan(0);
  expect(told.forMs).toBeLessThanOrEqual(60_000);
  expect(book.isValid).toBe(true);
});

test('the later end counts', () => {
  const book = createPermitBook();
  const endOf = (): number => (JSON.parse(book.textFor(1) ?? '') as { forMs: number }).forMs;
  book.grant(60_000);

  book.grant(1);
  const afterShorter = endOf();
  book.grant(600_000);

  expect(afterShorter).toBeGreaterThan(30_000);
  expect(endOf()).toBeGreaterThan(300_000);
  expect(book.unused).toBe(0);
});

test('one that has ended is counted once, and is over', async () => {
  const book = createPermitBook();

  book.grant(20);
  await vi.waitFor(() => expect(book.isValid).toBe(false));

  expect([book.textFor(1), book.unused, book.unused]).toEqual([undefined, 1, 1]);
});

test.each([0, -1, -Infinity])('%d ms are no permit, and take none away', (forMs) => {
  const book = createPermitBook();

  book.grant(forMs);
  expect([book.isValid, book.unused]).toEqual([false, 1]);

  book.grant(60_000);
  book.grant(forMs);
  expect([book.isValid, book.unused]).toEqual([true, 1]);
});
