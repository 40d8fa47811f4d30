import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { partFiles } from './part-files.ts';

const labels = `
    app.kubernetes.io/name: verve-worker
    app.kubernetes.io/managed-by: Helm
    helm.sh/chart: verve-worker-0.1.0`;

const rendered = `---
# Source: verve-worker/templates/rbac.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: verve-worker
  namespace: verve
  labels:${labels}
---
# Source: verve-worker/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: verve-worker
  namespace: verve
  labels:${labels}
data:
  worker.yaml: |
    kubernetes:
      installation: verve-worker
      namespace: verve
    repositories: []
---
# Source: verve-worker/templates/crds.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: workers.verve.dev
  labels:${labels}
  annotations: { helm.sh/resource-policy: keep }
---
# Source: verve-worker/templates/rbac.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: verve-worker
  namespace: verve
subjects:
  - { kind: ServiceAccount, name: verve-worker, namespace: verve }
---
# Source: verve-worker/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: verve-worker
  namespace: verve
spec:
  template:
    metadata:
      annotations:
        checksum/config: 0a8fa14e
    spec:
      volumes:
        # With what the worker logs in.
        - { name: secrets, projected: { defaultMode: 0440, sources: [] } }
`;

const files = partFiles({ chart: 'verve-worker', folder: 'manifests/worker', namespace: 'tools' }, rendered);

function fileOf(name: string): string {
  return files.get(name) ?? expect.fail(`there is no ${name}`);
}

test('there is a file for each template and for each file of a ConfigMap, which says what it is made of', () => {
  const heads = [...files].map(([name, text]) => [name, text.split('\n')[0]]);

  const head = '# Made of charts/verve-worker and values.yaml by `npm run manifests`.';
  const names = ['rbac.yaml', 'worker.yaml', 'crds.yaml', 'deployment.yaml', 'kustomization.yaml'];
  expect(heads).toEqual(names.map((name) => [name, head]));
});

test('the kustomization makes the ConfigMap of its files, and has all that is in the others', () => {
  expect(parse(fileOf('kustomization.yaml'))).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'tools',
    resources: ['crds.yaml', 'deployment.yaml', 'rbac.yaml'],
    configMapGenerator: [
      {
        name: 'verve-worker',
        files: ['worker.yaml'],
        options: { labels: { 'app.kubernetes.io/name': 'verve-worker' } },
      },
    ],
  });
});

test('objects of one template stand in one file, without a namespace and what is of Helm', () => {
  expect(fileOf('rbac.yaml').split('\n').slice(1).join('\n')).toBe(`apiVersion: v1
kind: ServiceAccount
metadata:
  name: verve-worker
  labels:
    app.kubernetes.io/name: verve-worker
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: verve-worker
subjects:
  - kind: ServiceAccount
    name: verve-worker
`);
});

test('what outlives a release is labelled, so that it can outlive `kubectl delete`', () => {
  expect(parse(fileOf('crds.yaml'))).toMatchObject({
    metadata: {
      name: 'workers.verve.dev',
      labels: { 'app.kubernetes.io/name': 'verve-worker', 'verve.dev/keep': 'true' },
    },
  });
  expect(fileOf('crds.yaml')).not.toContain('annotations');
});

test('the pod has no checksum of its settings, and modes of files as they were', () => {
  expect(fileOf('deployment.yaml')).toContain(`
  template:
    metadata: {}
    spec:
      volumes:
        # With what the worker logs in.
        - name: secrets
          projected:
            defaultMode: 0440
            sources: []
`);
});

test('settings leave the namespace to the place where the worker runs', () => {
  expect(parse(fileOf('worker.yaml'))).toEqual({
    kubernetes: { installation: 'verve-worker' },
    repositories: [],
  });
});
