import { expect, test } from 'vitest';

import { startOutputClock, type Ticks } from './output-clock.ts';

interface FakeTicks extends Ticks {
  /** Lets so much time pass, in so many ticks. */
  pass(ms: number, ticks: number): void;
}

function createFakeTicks(): FakeTicks {
  let nowMs = 0;
  let onTick: (() => void) | undefined;
  return {
    now: () => nowMs,
    every(_, tick) {
      onTick = tick;
      return { [Symbol.dispose]: () => (onTick = undefined) };
    },
    pass(ms, ticks) {
      for (let count = 0; count < ticks; count++) {
        nowMs += ms / ticks;
        onTick?.();
      }
    },
  };
}

function startClock(): {
  ticks: FakeTicks;
  clock: ReturnType<typeof startOutputClock>;
  stalls: () => number;
} {
  const ticks = createFakeTicks();
  let stalls = 0;
  const clock = startOutputClock(60_000, () => (stalls += 1), ticks);
  return { ticks, clock, stalls: () => stalls };
}

test('it is told once that there was no output for so long', () => {
  const { ticks, stalls } = startClock();

  ticks.pass(59_000, 59);
  const before = stalls();
  ticks.pass(120_000, 120);

  expect([before, stalls()]).toEqual([0, 1]);
});

test('output now and then keeps it from being told', () => {
  const { ticks, clock, stalls } = startClock();

  for (let minute = 0; minute < 10; minute++) {
    ticks.pass(59_000, 59);
    clock.touch();
  }

  expect(stalls()).toBe(0);
});

test('while the program is held up the clock stands', async () => {
  const { ticks, clock, stalls } = startClock();

  await clock.during(async () => ticks.pass(600_000, 600));
  ticks.pass(59_000, 59);

  expect(stalls()).toBe(0);
});

test('time in which nobody ticked, as while the machine slept, hardly counts', () => {
  const { ticks, stalls } = startClock();

  ticks.pass(86_400_000, 1);

  expect(stalls()).toBe(0);
});

test('a clock that was disposed of tells nothing', () => {
  const { ticks, clock, stalls } = startClock();

  clock[Symbol.dispose]();
  ticks.pass(120_000, 120);

  expect(stalls()).toBe(0);
});
