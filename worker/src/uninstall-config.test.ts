import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SettingsInvalid } from '@verve/contract';
import { expect, test } from 'vitest';

import { temporaryFolder } from './testing/run.ts';
import { loadUninstallSettings } from './uninstall-config.ts';

test('nothing of a worker is needed, and unknown variables do no harm', () => {
  expect(loadUninstallSettings({})).toEqual({ installation: 'verve-worker' });
  expect(
    loadUninstallSettings({
      VERVE_KUBERNETES_NAMESPACE: 'verve',
      VERVE_KUBERNETES_INSTALLATION: 'blue',
      VERVE_WORKER_PORT: 'tcp://10.0.0.1:80',
      VERVE_CAPACITY: 'many',
    }),
  ).toEqual({ namespace: 'verve', installation: 'blue' });
});

test("the worker's own file serves, and a variable wins over it", async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  const kubernetes = { namespace: 'verve', installation: 'blue', kubeconfig: '/kube', image: 'x' };
  writeFileSync(file, JSON.stringify({ serverUrl: 'https://verve.example', capacity: 3, kubernetes }));

  const settings = loadUninstallSettings({ VERVE_CONFIG: file, VERVE_KUBERNETES_NAMESPACE: 'other' });

  expect(settings).toEqual({ namespace: 'other', installation: 'blue', kubeconfig: '/kube' });
});

test('each problem is told with its path', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(file, JSON.stringify({ kubernetes: { namespace: 7 } }));
  let problems: readonly string[] = [];

  try {
    loadUninstallSettings({ VERVE_CONFIG: file, VERVE_KUBERNETES_INSTALLATION: 'Blue' });
  } catch (error) {
    if (error instanceof SettingsInvalid) problems = error.problems.map(({ path }) => path);
  }

  expect(problems.toSorted()).toEqual([
    'kubernetes.installation (VERVE_KUBERNETES_INSTALLATION)',
    'kubernetes.namespace',
  ]);
});
