import { newId, type Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { until } from '../kubernetes/until.ts';
import { chartScenario } from './place-scenario.ts';
import { install, workerValuesFor, type Place } from './place.ts';
import { startServer, type RunningServer } from './running-server.ts';

const tasks = 10;
const seconds = 20;
const script = `for n in $(seq ${seconds}); do echo "line $n"; sleep 1; done; echo work > work.txt`;
const expectedLines = Array.from({ length: seconds }, (_, n) => `line ${n + 1}`);

interface Given {
  readonly task: Task;
  /** As the forge has it. */
  readonly repository: string;
}

/** Gives all tasks; the agent of each has begun when this resolves. */
async function giveAll(place: Place, { ask }: RunningServer): Promise<readonly Given[]> {
  const given = await Promise.all(
    Array.from({ length: tasks }, async (): Promise<Given> => {
      const { url, name } = await place.makeRepository();
      const body = { title: 'Work', repository: url, description: script };
      const headers = { 'Idempotency-Key': newId('task') };
      const task = await ask(async (client) => client.ask('createTask', { body, headers }));
      return { task, repository: name };
    }),
  );
  await until('every agent runs', async () => {
    const runs = await place.forWorker.run(['get', 'agentruns', '--no-headers']);
    const names = given.map(({ task }) => task.id.replace('_', '-'));
    return names.every((name) => new RegExp(`^${name}-1 .* Agent `, 'm').test(runs));
  });
  return given;
}

/** Each is done once: one attempt, one pull request, and every line of its log once and in order. */
async function expectOnce(place: Place, { ask }: RunningServer, given: readonly Given[]): Promise<void> {
  for (const { task, repository } of given) {
    const params = { id: task.id };
    await until(`${task.id} ends`, async () => {
      const { status } = await ask(async (client) => client.ask('getTask', { params }));
      return status !== 'pending' && status !== 'running';
    });
    const ended = await ask(async (client) => client.ask('getTask', { params }));
    expect(ended).toMatchObject({ status: 'completed', reason: 'PullRequestOpened', attempt: 1 });
    expect(await place.forge.pullRequests(repository)).toHaveLength(1);
    const page = await ask(async (client) => client.ask('readLogs', { params, query: { limit: '200' } }));
    const lines = page.chunks.flatMap((chunk) => chunk.lines).filter((line) => line.startsWith('line '));
    expect(lines).toEqual(expectedLines);
  }
}

chartScenario('two servers and a worker, with ten tasks under way', (here) => {
  test('lose nothing and do nothing twice when one server goes, and when both charts are upgraded', async () => {
    await using server = await startServer(here(), 2);
    const { forServer, forWorker } = here();
    const worker = workerValuesFor(here());
    const config = { ...worker.config, capacity: tasks };
    await install(forWorker, 'verve-worker', { ...worker, config });

    const first = await giveAll(here(), server);
    const pods = await forServer.run([
      'get',
      'pods',
      '--selector=app.kubernetes.io/component=server',
      '--output=name',
    ]);
    const [pod = ''] = pods.split('\n');
    await forServer.run(['delete', pod, '--grace-period=0', '--force']);
    await expectOnce(here(), server, first);

    const second = await giveAll(here(), server);
    const log = { level: 'debug' };
    const upgrades = [
      install(forServer, 'verve-server', { ...server.values, config: { log } }),
      install(forWorker, 'verve-worker', { ...worker, config: { ...config, log } }),
    ];
    const said = await Promise.all(upgrades);
    expect(said.every((words) => words.includes('REVISION: 2'))).toBe(true);
    await expectOnce(here(), server, second);
  });
});
