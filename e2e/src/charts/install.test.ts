import { expect, test } from 'vitest';

import type { Kubectl } from '../kubernetes/kubectl.ts';
import { namesOf } from '../kubernetes/own-namespace.ts';
import { forwardPort } from '../kubernetes/port-forward.ts';
import { until } from '../kubernetes/until.ts';
import { kubernetesDefaults } from '../kubernetes/worker-values.ts';
import { verve } from './cli.ts';
import { helm, uninstall } from './helm.ts';
import { chartScenario } from './place-scenario.ts';
import { install, serverValues, workerValuesFor } from './place.ts';

/** Names of everything that is left of a worker, but for what was made by hand. */
async function leftOf(kubectl: Kubectl): Promise<readonly string[]> {
  const names = await namesOf(
    kubectl,
    'agentruns,workers,jobs,pods,deployments,replicasets,configmaps,secrets,serviceaccounts',
    'leases,roles,rolebindings,networkpolicies,poddisruptionbudgets',
  );
  return names.filter((name) => !['configmap/kube-root-ca.crt', 'serviceaccount/default'].includes(name));
}

chartScenario('in a cluster that has neither', (here) => {
  test('both bring a task to a pull request, and go without a trace but for what they say they keep', async () => {
    const { forServer, forWorker, forge } = here();
    const begunMs = performance.now();

    const notes = await install(forServer, 'verve-server', serverValues);
    expect(notes).toContain("logs deployment/verve-server | grep 'Admin key'");
    const log = await forServer.run(['logs', 'deployment/verve-server', '--container=server']);
    const [, adminKey = ''] = /Admin key, shown this once: (\S+)/.exec(log) ?? [];
    await using forward = await forwardPort(forServer, 'verve-server', 8_080);
    const own = { VERVE_URL: forward.url, VERVE_KEY: adminKey };
    const keyArgs = ['key', 'create', '--role', 'worker', '--project', 'default', 'my-cluster'];
    await here().giveSecrets(await verve(keyArgs, own));
    const values = workerValuesFor(here());
    await install(forWorker, 'verve-worker', values);
    const repository = await here().makeRepository();
    const taskArgs = ['task', 'create', '--repository', repository.url, '--title', 'Say hello'];
    const told = await verve([...taskArgs, '--wait', 'echo hello > greeting.txt'], own);
    console.log(
      `from helm install to a pull request: ${Math.round((performance.now() - begunMs) / 1_000)} s`,
    );

    expect(told).toContain('PullRequestOpened');
    expect(await forge.pullRequests(repository.name)).toMatchObject([{ title: 'Say hello' }]);

    const doctor = await helm(['test', 'verve-worker', '--namespace', forWorker.namespace, '--logs']);
    expect(doctor).toMatch(/✓ kubernetes /);
    expect(doctor).toMatch(/✓ forge /);
    expect(doctor).not.toContain('✗');

    const kubernetes = { ...kubernetesDefaults, keep: { count: 0 } };
    await install(forWorker, 'verve-worker', { ...values, config: { ...values.config, kubernetes } });
    await until('the finished AgentRun is swept', async () => {
      return (await forWorker.run(['get', 'agentruns', '--output=name'])) === '';
    });

    const slow = await verve([...taskArgs, '--json', 'sleep 600'], own);
    const { id } = JSON.parse(slow) as { readonly id: string };
    await until('its agent runs', async () =>
      (await forWorker.run(['get', 'agentruns'])).includes(' Agent '),
    );
    const goodbye = await uninstall('verve-worker', forWorker.namespace);

    expect(goodbye).toContain('removed 1 AgentRun,');
    expect(goodbye).toContain(`${id} attempt 1 was under way`);
    expect(await leftOf(forWorker)).toEqual(['secret/verve-secrets']);

    const farewell = await uninstall('verve-server', forServer.namespace);
    expect(farewell).toContain('[PersistentVolumeClaim] verve-server');
    await install(forServer, 'verve-server', serverValues);
    await until(
      'the server is reached again',
      async () => (await fetch(`${own.VERVE_URL}/readyz`).catch(() => undefined))?.ok === true,
    );
    expect(await verve(['task', 'list'], own)).toContain('PullRequestOpened');
  });
});
