import { setTimeout as pause } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { numbersOf, numbersTo, printNumbers } from './numbered-lines.ts';
import { podsEverMade, untilPhase } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { runNameOf } from './world.ts';

/** What a task needs to come to wait for its leave is short; `VERVE_TEST_LONG` makes it two minutes. */
const longMs = process.env['VERVE_TEST_LONG'] === undefined ? 0 : 120_000;

scenario('the server is gone', {}, (here) => {
  test('while a run prints and comes to wait for its leave: it ends once', async () => {
    const { kubectl, server, forge } = here();
    const repository = await here().makeRepository();
    const task = await here().give(repository, printNumbers(10, 1_000, 1));
    await until('lines come', async () => numbersOf(await here().log(task.id)).count > 0);

    await server.kill();
    await Promise.all([untilPhase(kubectl, task, 'Publish'), pause(longMs)]);
    const whileNobodyAllowed = await forge.pullRequests(repository.name);
    await server.start();

    expect(await here().ended(task.id)).toMatchObject({ reason: 'PullRequestOpened', attempt: 1 });
    expect(whileNobodyAllowed).toEqual([]);
    expect(numbersOf(await here().log(task.id))).toEqual(numbersTo(10_000));
    expect(await podsEverMade(kubectl)).toEqual([runNameOf(task)]);
  });
});
