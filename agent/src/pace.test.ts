import { expect, test } from 'vitest';

import { createPace } from './pace.ts';

function createFakeClock(): { now: () => number; wait: (ms: number) => Promise<void> } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    wait: async (ms) => {
      nowMs += ms;
    },
  };
}

test('what is written takes as long as the rate has it, but for the first second', async () => {
  const clock = createFakeClock();
  const pace = createPace(1_000, clock);

  for (let piece = 0; piece < 100; piece++) await pace.take(100);

  expect(clock.now()).toBe(9_000);
});

test('a pause saves up no more than a second', async () => {
  const clock = createFakeClock();
  const pace = createPace(1_000, clock);
  await clock.wait(60_000);

  for (let piece = 0; piece < 50; piece++) await pace.take(100);

  expect(clock.now()).toBe(64_000);
});
