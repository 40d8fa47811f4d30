import { expect, test } from 'vitest';

import { scenario } from './scenario.ts';
import { runNameOf } from './world.ts';

scenario('a task on a cluster', {}, (here) => {
  test('becomes a pull request, and kubectl shows how', async () => {
    const { kubectl, forge } = here();
    const repository = await here().makeRepository();

    const task = await here().perform(repository, 'echo hello > greeting.txt; echo "a line of the log"');

    expect(task).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
    const [opened] = await forge.pullRequests(repository.name);
    expect(opened?.head.ref).toBe(`verve/${task.id}`);
    await kubectl.run(['wait', `agentrun/${runNameOf(task)}`, '--for=condition=Complete', '--timeout=30s']);
    const shown = await kubectl.run(['get', 'agentruns']);
    expect(shown).toMatch(/TASK +ATTEMPT +PHASE +REASON +PR +AGE/);
    expect(shown).toContain('PullRequestOpened');
    expect(await here().log(task.id)).toContain('a line of the log');
  });
});
