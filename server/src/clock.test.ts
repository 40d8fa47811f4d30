import { describe, expect, it } from 'vitest';

import { createSyncedClock, monotonicMs } from './clock.ts';

describe('a synchronised clock', () => {
  it('follows the other clock, whose answer is taken to be from the middle of the asking', () => {
    const clock = createSyncedClock();
    const asked = monotonicMs();

    clock.synchronise(5_000_000, [asked - 200, asked]);

    expect(clock.now()).toBeGreaterThanOrEqual(5_000_100);
    expect(clock.now()).toBeLessThan(5_060_000);
  });

  it('starts at this machine’s time', () => {
    expect(Math.abs(createSyncedClock().now() - Date.now())).toBeLessThan(1_000);
  });
});
