import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { startClusterWorld, type ClusterWorld, type WorldOptions } from './world.ts';

const needed = ['kubernetes', 'forge'] as const;

/** A scenario, told in tests that share one installation of the worker; skipped where there is no cluster or no forge. */
export function scenario(
  name: string,
  options: WorldOptions,
  tell: (here: () => ClusterWorld) => void,
): void {
  describe(`on a cluster: ${name}`, { timeout: 300_000 }, () => {
    let world: ClusterWorld | undefined;

    beforeEach((context) => {
      for (const part of needed) skipWithout(part, context);
    });
    beforeAll(async () => {
      if (needed.some((part) => whyMissing(part, thisMachine) !== undefined)) return;
      world = await startClusterWorld(options);
    });
    afterAll(async () => world?.[Symbol.asyncDispose]());

    tell(() => {
      if (!world) throw new Error('the world has not begun');
      return world;
    });
  });
}
