import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';

import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { listenToWorkers, type WorkerEars } from './worker-ears.ts';
import { startClusterWorld, type ClusterWorld, type WorldOptions } from './world.ts';

const needed = ['kubernetes', 'forge'] as const;

/** The API server's words for a right that the worker's Role lacks; of a watch they are short. */
const denial = /\bcannot \w+ resource\b|"Forbidden"/;

/**
 * A scenario, told in tests that share one installation of the worker; skipped where there is no cluster or no forge. No
 * process of the worker may have told of a right that it lacks.
 */
export function scenario(
  name: string,
  options: WorldOptions,
  tell: (here: () => ClusterWorld) => void,
): void {
  describe(`on a cluster: ${name}`, { timeout: 600_000 }, () => {
    let world: ClusterWorld | undefined;
    let ears: WorkerEars | undefined;

    beforeEach((context) => {
      for (const part of needed) skipWithout(part, context);
    });
    beforeAll(async () => {
      if (needed.some((part) => whyMissing(part, thisMachine) !== undefined)) return;
      world = await startClusterWorld(options);
      ears = listenToWorkers(world.kubectl);
    });
    afterAll(async () => {
      const hearing = ears?.said();
      await world?.[Symbol.asyncDispose]();
      const said = (await hearing) ?? '';
      expect(said.split('\n').filter((line) => denial.test(line))).toEqual([]);
    });

    tell(() => {
      if (!world) throw new Error('the world has not begun');
      return world;
    });
  });
}
