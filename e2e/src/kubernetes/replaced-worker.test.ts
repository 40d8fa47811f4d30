import { expect, test } from 'vitest';

import { numbersOf, numbersTo, printNumbers } from './numbered-lines.ts';
import { podsEverMade } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';
import { runNameOf } from './world.ts';

const runs = 10;

scenario('the worker is replaced', { settings: { capacity: runs } }, (here) => {
  /** How each attempt at a task ended, in words where it was no pull request. */
  async function attemptsOf(id: string): Promise<readonly string[]> {
    const { attempts } = await here().client.ask('getTask', { params: { id } });
    return attempts.map(({ reason, message }) =>
      reason === 'PullRequestOpened' ? reason : `${reason}: ${message}`,
    );
  }

  test('while it has ten runs, and while two of it are there: each run ends once', async () => {
    const { kubectl } = here();
    const pods = workerPods(kubectl);
    const repository = await here().makeRepository();
    const given = Array.from({ length: runs }, async () => here().give(repository, printNumbers(25, 160, 1)));
    const tasks = await Promise.all(given);
    await until('all have a Job', async () => (await podsEverMade(kubectl)).length === runs);

    await pods.rollOut();
    await pods.scale(2);
    await until('one of them is active', async () => (await pods.active()) !== undefined);
    const before = await pods.active();
    await kubectl.run(['delete', 'pod', before ?? '']);
    await until('another one is active', async () => ![undefined, before].includes(await pods.active()));
    await Promise.all(tasks.map(async ({ id }) => here().ended(id)));

    const attempts = await Promise.all(tasks.map(async ({ id }) => attemptsOf(id)));
    expect(attempts).toEqual(Array.from({ length: runs }, () => ['PullRequestOpened']));
    const logs = await Promise.all(tasks.map(async ({ id }) => here().log(id)));
    expect(logs.map(numbersOf)).toEqual(Array.from({ length: runs }, () => numbersTo(4_000)));
    expect(await podsEverMade(kubectl)).toEqual(tasks.map((task) => runNameOf(task)).toSorted());
  });
});
