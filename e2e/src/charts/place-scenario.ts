import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';

import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { openPlace, type Place } from './place.ts';

const needed = ['kubernetes', 'forge'] as const;

/** A scenario of charts, told in tests that share two namespaces; skipped where there is no cluster or no forge. */
export function chartScenario(name: string, tell: (here: () => Place) => void): void {
  describe(`charts: ${name}`, { timeout: 600_000 }, () => {
    let place: Place | undefined;

    beforeEach((context) => {
      for (const part of needed) skipWithout(part, context);
    });
    beforeAll(async () => {
      if (needed.some((part) => whyMissing(part, thisMachine) !== undefined)) return;
      place = await openPlace();
    });
    afterAll(async () => place?.[Symbol.asyncDispose]());

    tell(() => place ?? expect.fail('there is no place'));
  });
}
