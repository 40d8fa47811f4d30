import { setTimeout as pause } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { startApiServerWay } from './api-server-way.ts';
import { numbersOf, numbersTo, printNumbers } from './numbered-lines.ts';
import { podsEverMade } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';
import { runNameOf } from './world.ts';

const awayMs = 30_000;
const stalledMs = 8_000;

scenario('the API server is out of reach', {}, (here) => {
  test('cut, silent and gone for half a minute: a run ends once, with every line', async () => {
    const { kubectl } = here();
    const pods = workerPods(kubectl);
    await using way = await startApiServerWay(here());
    const repository = await here().makeRepository();
    const task = await here().give(repository, printNumbers(45, 500, 1));
    const count = async (): Promise<number> => numbersOf(await here().log(task.id)).count;
    const untilMore = async (): Promise<void> => {
      const before = await count();
      await until('more lines come', async () => (await count()) > before);
    };

    await untilMore();
    for (let cuts = 0; cuts < 4; cuts++) {
      way.cut();
      await untilMore();
    }
    await way.change('stalled');
    await pause(stalledMs);
    await way.change('well');
    await untilMore();
    const restartsBefore = await pods.restarts();
    await way.change('away');
    await pause(awayMs);
    await way.change('well');

    expect(restartsBefore).toBe(0);
    expect(await here().ended(task.id)).toMatchObject({ reason: 'PullRequestOpened', attempt: 1 });
    expect(numbersOf(await here().log(task.id))).toEqual(numbersTo(22_500));
    expect(await podsEverMade(kubectl)).toEqual([runNameOf(task)]);
  });
});
