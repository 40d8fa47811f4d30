import { expect, test } from 'vitest';

import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';

interface Role {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

interface Pods {
  readonly items: readonly {
    readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
  }[];
}

scenario('a worker whose Role lacks a right', {}, (here) => {
  test('says which, is not ready, and works once it is mended', async () => {
    const { kubectl } = here();
    const role = await kubectl.get<Role>('role', 'verve-worker');
    const rules = role.rules.map((rule) =>
      rule.resources.includes('jobs')
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }
        : rule,
    );
    await kubectl.run([
      'patch',
      'role',
      'verve-worker',
      '--type=merge',
      '--patch',
      JSON.stringify({ rules }),
    ]);
    await workerPods(kubectl).destroy();

    await until('the worker says what it lacks', async () => (await here().workerLog()).includes('may not'));

    const said = await here().workerLog();
    expect(said).toContain(`the worker may not create jobs in namespace ${kubectl.namespace}`);
    expect(said).toContain('apiGroups: [\\"batch\\"], resources: [\\"jobs\\"], verbs: [\\"create\\"]');
    const { items } = await kubectl.get<Pods>('pods', '--selector=app.kubernetes.io/name=verve-worker');
    expect(items.flatMap(({ status }) => status.containerStatuses?.map(({ ready }) => ready))).toEqual([
      false,
    ]);

    const mended = { rules: role.rules };
    await kubectl.run(['patch', 'role', 'verve-worker', '--type=merge', '--patch', JSON.stringify(mended)]);
    const task = await here().perform(await here().makeRepository(), 'echo hello > greeting.txt');
    expect(task).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
  });
});

scenario('the Worker object', {}, (here) => {
  test('tells kubectl of the worker, and of its end', async () => {
    const { kubectl } = here();
    await kubectl.run(['wait', 'worker/verve-worker', '--for=condition=Connected', '--timeout=30s']);
    expect(await kubectl.run(['get', 'workers'])).toMatch(/CONNECTED +RUNNING +CAPACITY +VERSION +AGE\n/);

    await workerPods(kubectl).scale(0);

    await kubectl.run(['wait', 'worker/verve-worker', '--for=condition=Connected=False', '--timeout=30s']);
  });
});
