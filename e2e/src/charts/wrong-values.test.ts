import { expect, test } from 'vitest';

import type { Kubectl } from '../kubernetes/kubectl.ts';
import { until } from '../kubernetes/until.ts';
import { secretKey } from '../kubernetes/worker-values.ts';
import { helm } from './helm.ts';
import { chartScenario } from './place-scenario.ts';
import { install, release, workerValuesFor, type Place } from './place.ts';
import { startServer } from './running-server.ts';

/** What the worker's log, its readiness and `helm test` say; of a worker that is not ready. */
interface Told {
  readonly log: string;
  readonly readiness: string;
  readonly doctor: string;
}

/** Installs a worker with values that are wrong, without waiting for it. */
async function installWrong({ forWorker }: Place, values: object): Promise<void> {
  await release(forWorker, { chart: 'verve-worker', values });
}

/** One that is well goes on as long as the one that is to follow it is not ready. */
async function newestPod(kubectl: Kubectl): Promise<string> {
  const args = ['get', 'pods', '--selector=app.kubernetes.io/component=worker', '--output=name'];
  const pods = await kubectl.run([...args, '--sort-by=.metadata.creationTimestamp']);
  return pods.trim().split('\n').at(-1) ?? '';
}

async function told({ forWorker }: Place, words: string): Promise<Told> {
  const log = async (): Promise<string> => forWorker.run(['logs', await newestPod(forWorker), '--tail=-1']);
  await until(`the worker says "${words}"`, async () => (await log().catch(() => '')).includes(words));
  const ask = `fetch('http://127.0.0.1:8081/readyz').then(async (it) => console.log(it.status, await it.text()))`;
  const readiness = await forWorker.run(['exec', await newestPod(forWorker), '--', 'node', '--eval', ask]);
  const args = ['test', 'verve-worker', '--namespace', forWorker.namespace, '--logs', '--timeout=45s'];
  const doctor = await helm(args).catch((error: unknown) => String(error));
  return { log: await log(), readiness, doctor };
}

/** Resolves when the worker, which nobody restarts, is ready. */
async function untilReady({ forWorker }: Place): Promise<void> {
  // Its node looks for changed files within two minutes, and at once where the pod was changed.
  await forWorker.run(['annotate', await newestPod(forWorker), '--overwrite', `looked-at=${Date.now()}`]);
  await forWorker.run(['rollout', 'status', 'deployment/verve-worker', '--timeout=180s']);
}

chartScenario('a worker with values that are wrong in the cluster', (here) => {
  test('says what is wrong and how to mend it, and goes on when it is mended', async () => {
    await using _server = await startServer(here(), 1);
    const { forWorker } = here();
    const values = workerValuesFor(here());

    const keyFrom = { secret: 'not-there-yet', key: 'key' };
    await installWrong(here(), { ...values, config: { ...values.config, keyFrom } });
    const missing = await told(here(), 'keyFile cannot be read');
    expect(missing.log).toContain('kubectl create secret generic not-there-yet --from-file=key=');
    expect(missing.readiness).toMatch(/^503 .*keyFile cannot be read/);
    expect(missing.doctor).toContain('✗ file         keyFile cannot be read');
    const secrets = await forWorker.get<{ data: Record<string, string> }>('secret', secretKey('key').secret);
    const data = { key: secrets.data['key'] };
    await forWorker.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'not-there-yet' }, data });
    await untilReady(here());

    const serverUrl = 'http://nobody.invalid:8080';
    await installWrong(here(), { ...values, config: { ...values.config, serverUrl } });
    const astray = await told(here(), 'nobody.invalid');
    expect(astray.log).toMatch(/serverUrl.*cannot reach http:\/\/nobody\.invalid:8080/);
    expect(astray.readiness).toMatch(/^503 .*cannot reach http:\/\/nobody\.invalid:8080/);
    expect(astray.doctor).toContain('✗ server       cannot reach http://nobody.invalid:8080');
    await install(forWorker, 'verve-worker', values);

    const stringData = { key: 'verve_of_nobody_at_all' };
    await forWorker.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wrong-key' }, stringData });
    const wrongKey = { secret: 'wrong-key', key: 'key' };
    await installWrong(here(), { ...values, config: { ...values.config, keyFrom: wrongKey } });
    const refused = await told(here(), 'does not take the key');
    expect(refused.log).toContain('verve key create --role worker');
    expect(refused.log).toContain('kubectl create secret generic wrong-key --from-file=key=');
    expect(refused.readiness).toMatch(/^503 .*the server does not take the key/);
    expect(refused.doctor).toMatch(/✗ key /);
    await forWorker.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wrong-key' }, data });
    await untilReady(here());
  });
});
