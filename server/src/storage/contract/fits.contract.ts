import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import { fitsWorker } from '../fit.ts';
import type { Fit } from '../queue-store.ts';
import { fitCases, fitRepository } from './fit-cases.ts';
import type { OpenStorage } from './open-storage.ts';
import { openBench } from './queue-bench.ts';

/** Every claim agrees with `fitsWorker`. */
export function describeFits(open: OpenStorage): void {
  describe('fits', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test.each(fitCases)('$name: $fits', async ({ task, worker, fits }) => {
      const { add, claim } = await openBench(opened);
      const added = await add({ repository: fitRepository, ...task });

      const claimed = await claim(1, { fit: worker });

      expect(claimed.map(({ id }) => id)).toEqual(fits ? [added.id] : []);
    });

    test('a worker with as many patterns as may be takes what the last of them allows', async () => {
      const { add, claim } = await openBench(opened);
      const repositories = Array.from({ length: 500 }, (_, index) => `https://git.example/*/${index}/**`);
      for (let index = 490; index < 510; index++)
        await add({ repository: `https://git.example/x/${index}/y/z` });

      expect(await claim(100, { fit: { repositories } })).toHaveLength(10);
    });

    test('of tasks and workers at random, a claim takes just what the rule says', async () => {
      const draw = drawer(20_260_301);
      for (let round = 0; round < 15; round++) {
        const { add, claim, projectId } = await openBench(opened);
        const tasks = [];
        for (let index = 0; index < 12; index++) tasks.push(await add(randomTask(draw)));
        const fit = { projectId, ...randomFit(draw) };

        const claimed = await claim(100, { fit });

        const expected = tasks.filter((task) => fitsWorker(task, fit));
        expect(claimed.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
      }
    });
  });
}

type Draw = <T>(values: readonly [T, ...T[]]) => T;

/** The same values in every run. */
function drawer(seed: number): Draw {
  let state = seed;
  return (values) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return values[(state >>> 8) % values.length] ?? values[0];
  };
}

const parts = [
  'a',
  'b',
  '.',
  '/',
  '+',
  '\\',
  '%',
  '_',
  '[',
  ')',
  '?',
  '$',
  '^',
  '|',
  'ä',
  '😀',
  '{2}',
] as const;
const wildcards = ['*', '**', '***', '', '', ''] as const;

function randomTask(draw: Draw): { agent?: string; repository: string; requires: Record<string, string> } {
  const agent = draw(['claude', 'codex', undefined]);
  return {
    ...(agent !== undefined && { agent }),
    repository: `${draw(parts)}${draw(parts)}${draw(parts)}`,
    requires: draw<Record<string, string>>([{}, { a: '1' }, { a: '2' }, { a: '1', b: '' }]),
  };
}

function randomFit(draw: Draw): Omit<Fit, 'projectId'> {
  const pattern = (): string =>
    Array.from({ length: 3 }, () => draw([draw(parts), draw(wildcards)])).join('') || '**';
  return {
    labels: draw<Record<string, string>>([{}, { a: '1' }, { a: '1', b: '' }, { b: '', a: '2', c: 'x' }]),
    agents: draw([undefined, ['claude'], ['codex', 'claude'], []]),
    repositories: draw([undefined, [pattern(), pattern(), `${draw(parts)}**`, `*${draw(parts)}*`], ['***']]),
  };
}
