import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { kubernetesSettings } from '../../kubernetes-settings.ts';
import { refusalOf } from '../../kubernetes/api-error.ts';
import { within, type Cluster } from '../../kubernetes/cluster.ts';
import { openNamespace, whyNoCluster } from '../../testing/kubernetes/cluster.ts';
import { requestOf, shellSpec } from '../../testing/run.ts';
import { jobOf } from './job-spec.ts';

const owner = { apiVersion: 'verve.dev/v1alpha1', kind: 'AgentRun', name: 'x', uid: 'u' };
const request = {
  ...requestOf(shellSpec('https://git.example/x.git', 'true')),
  agentEnvironment: { VERVE_MODEL_KEY: 'k' },
};
const parts = { settings: kubernetesSettings.parse({}), request };
const job = jobOf(parts, { owner, timeoutSeconds: 60 });
const podSpec: object = job.spec?.template.spec ?? {};

test('a Job makes one pod, ever, and goes with its AgentRun', () => {
  expect(job.metadata?.ownerReferences).toEqual([owner]);
  expect(job.spec).toMatchObject({ backoffLimit: 0, completions: 1, parallelism: 1 });
  expect(job.metadata?.name).toMatch(/^[a-z0-9-]{1,63}$/);
});

test('a Job that nobody sees to ends and goes by itself', () => {
  expect(job.spec?.activeDeadlineSeconds).toBe(60 + 3_600);
  expect(job.spec?.ttlSecondsAfterFinished).toBeGreaterThan(0);
});

const why = whyNoCluster(process.env);

describe.skipIf(why !== undefined)(`on a cluster${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-job-spec-${process.pid}`);
    await untilServiceAccount(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  const never = new AbortController().signal;

  /** The pod as the API server would have it, or why it would not. */
  async function tryPod(spec: object): Promise<string> {
    const { core, namespace } = cluster;
    const body: object = { metadata: { generateName: 'x-' }, spec };
    try {
      return JSON.stringify(
        await core.createNamespacedPod({ namespace, dryRun: 'All', body }, within(never)),
      );
    } catch (error) {
      return `refused: ${refusalOf(error)?.message ?? String(error)}`;
    }
  }

  test('its pod is let into a namespace that enforces restricted, and gets no token', async () => {
    const made = await tryPod(podSpec);

    expect(made).not.toContain('refused');
    expect(made).not.toContain('serviceAccountToken');
  });

  test('the namespace does refuse', async () => {
    const made = await tryPod(Object.assign({}, podSpec, { securityContext: undefined }));

    expect(made).toContain('violates PodSecurity "restricted:latest"');
  });

  test('the Job is taken as it is, and no field of it is unknown', async () => {
    const { batch, namespace } = cluster;
    const known = { ...owner, uid: '11111111-1111-1111-1111-111111111111' };
    const body = jobOf(parts, { owner: known, timeoutSeconds: 60 });

    const made = await batch.createNamespacedJob(
      { namespace, dryRun: 'All', fieldValidation: 'Strict', body },
      within(never),
    );

    expect(made.metadata?.name).toBe(body.metadata?.name);
  });
});

/** Pods are refused until the namespace has one. */
async function untilServiceAccount({ core, namespace }: Cluster): Promise<void> {
  const never = new AbortController().signal;
  for (;;) {
    const { items } = await core.listNamespacedServiceAccount({ namespace }, within(never));
    if (items.length > 0) return;
  }
}
