import { expect, test } from 'vitest';

import { numbersOf, numbersTo, printNumbers } from './numbered-lines.ts';
import { agentRunOf, podsEverMade, untilPhase } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';
import { runNameOf } from './world.ts';

const count = 100_000;
/** Half a minute passes after each kill: with `VERVE_TEST_LONG` there is one more. */
const isLong = process.env['VERVE_TEST_LONG'] !== undefined;
const batches = isLong ? 100 : 50;

scenario('the worker is killed', {}, (here) => {
  test('in each phase of a run, which ends once, with each of 100,000 lines once', async () => {
    const { kubectl, client, forge, proxy } = here();
    const pods = workerPods(kubectl);
    const repository = await here().makeRepository();
    const lastNumber = async (id: string): Promise<number> => {
      const { logs } = await client.ask('getTask', { params: { id } });
      return Number(logs.chunks.flatMap(({ lines }) => lines).findLast((line) => /^\d+$/.test(line)) ?? 0);
    };

    // Checkout and publish wait for the forge.
    proxy.isClosed = true;
    const task = await here().give(repository, printNumbers(batches, count / batches, 1));
    await untilPhase(kubectl, task, 'Checkout');
    await pods.killProcess();
    proxy.isClosed = false;
    await until('lines come', async () => (await lastNumber(task.id)) >= count / 10);
    proxy.isClosed = true;
    if (isLong) {
      await pods.killProcess();
      await until('more lines come', async () => (await lastNumber(task.id)) >= count / 2);
    }
    await pods.destroy();
    await until('all lines have come', async () => (await lastNumber(task.id)) === count);
    await untilPhase(kubectl, task, 'Publish');
    await pods.killProcess();
    proxy.isClosed = false;

    expect(await here().ended(task.id)).toMatchObject({ reason: 'PullRequestOpened', attempt: 1 });
    expect(numbersOf(await here().log(task.id))).toEqual(numbersTo(count));
    expect(await podsEverMade(kubectl)).toEqual([runNameOf(task)]);
    expect(await forge.pullRequests(repository.name)).toHaveLength(1);
    await until(
      'the AgentRun tells so',
      async () => (await agentRunOf(kubectl, task))?.status?.phase === 'Completed',
    );
  });
});
