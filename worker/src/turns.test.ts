import { expect, test } from 'vitest';

import { createTurns } from './turns.ts';

test('calls for one key come one after the other, also after one that failed', async () => {
  const turns = createTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();

  const one = turns.take('a', async () => {
    await first.promise;
    seen.push('one');
    throw new Error('no');
  });
  const two = turns.take('a', async () => seen.push('two'));
  await turns.take('b', async () => seen.push('other'));
  first.resolve();

  await expect(one).rejects.toThrow('no');
  await two;
  expect(seen).toEqual(['other', 'one', 'two']);
});
