import { expect, test } from 'vitest';

import type { Kubectl } from './kubectl.ts';
import { numbersOf, numbersTo, untoldGaps } from './numbered-lines.ts';
import { agentRunOf } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';
import { runNameOf } from './world.ts';

const count = 100_000;
const printLong = `seq -f '%.0f ${'x'.repeat(190)}' 1 ${count}`;
/** Half a minute passes until another worker takes over. */
const isLong = process.env['VERVE_TEST_LONG'] !== undefined;

scenario('the kubelet rotates the log of a run', {}, (here) => {
  test('each of 100,000 long lines is there once, in order', async () => {
    const { kubectl } = here();
    const repository = await here().makeRepository();

    const task = await here().give(repository, `${printLong}; sleep 12; echo the last one`);
    await until('the run prints', async () => (await agentRunOf(kubectl, task))?.status?.phase === 'Agent');
    await until('its log has been rotated', async () => (await logFilesOf(kubectl, runNameOf(task))) > 1);
    await here().ended(task.id);

    const lines = await here().log(task.id);
    expect(numbersOf(lines)).toEqual(numbersTo(count));
    expect(lines).toContain('the last one');
  });

  test.runIf(isLong)(
    'what a killed worker cannot read any more is told, and nothing comes twice',
    async () => {
      const pods = workerPods(here().kubectl);
      const repository = await here().makeRepository();
      const task = await here().give(repository, `${printLong}; sleep 30; echo the last one`);
      await until('lines come', async () => numbersOf(await here().log(task.id)).count > 0);

      await pods.killProcess();
      await here().ended(task.id);

      const lines = await here().log(task.id);
      expect(untoldGaps(lines)).toEqual([]);
      expect(lines).toContain('the last one');
    },
  );
});

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
}

/** How many files of the agent's output the kubelet has, by its own list of them. */
async function logFilesOf(kubectl: Kubectl, job: string): Promise<number> {
  const { items } = await kubectl.get<{ readonly items: readonly Pod[] }>(
    'pods',
    `--selector=batch.kubernetes.io/job-name=${job}`,
  );
  const [pod] = items;
  if (!pod) return 0;
  const { name, uid } = pod.metadata;
  const folder = `logs/pods/${kubectl.namespace}_${name}_${uid}/agent/`;
  const list = await kubectl.run(['get', '--raw', `/api/v1/nodes/${pod.spec.nodeName}/proxy/${folder}`]);
  return list.split('<a href=').length - 1;
}
