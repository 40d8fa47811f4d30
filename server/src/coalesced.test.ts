import { describe, expect, it } from 'vitest';

import { coalesced } from './coalesced.ts';

describe('coalesced work', () => {
  it('runs once for all who ask in the same turn', async () => {
    let runs = 0;
    const work = coalesced(async () => void (runs += 1));

    for (let asked = 0; asked < 100; asked += 1) work.trigger();
    await work.idle();

    expect(runs).toBe(1);
  });

  it('runs once more, and never beside itself, for all who ask during a run', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const begun = Promise.withResolvers<void>();
    let runs = 0;
    let atOnce = 0;
    const work = coalesced(async () => {
      expect(++atOnce).toBe(1);
      begun.resolve();
      await gates[runs++]?.promise;
      atOnce -= 1;
    });
    work.trigger();
    await begun.promise;

    for (let asked = 0; asked < 100; asked += 1) work.trigger();
    for (const gate of gates) gate.resolve();
    await work.idle();

    expect(runs).toBe(2);
  });

  it('runs again for who asks after it was idle', async () => {
    let runs = 0;
    const work = coalesced(async () => void (runs += 1));

    for (let asked = 0; asked < 3; asked += 1) {
      work.trigger();
      await work.idle();
    }

    expect(runs).toBe(3);
  });
});
