import { expect, test } from 'vitest';

import { isLocal } from './kube-context.ts';

test.each(['kind-kind', 'k3d-dev', 'minikube', 'docker-desktop'])(
  '%s is a cluster on this machine',
  (name) => {
    expect(isLocal(name)).toBe(true);
  },
);

test.each([
  'production',
  'gke_acme_europe-west1_kind-cluster',
  'arn:aws:eks:eu-central-1:1:cluster/minikube',
  'minikube-prod',
  'kind-',
  'admin@kind-kind',
])('%s may be anywhere', (name) => {
  expect(isLocal(name)).toBe(false);
});
