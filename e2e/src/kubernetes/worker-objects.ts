import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

const image = process.env['VERVE_TEST_WORKER_IMAGE'] ?? 'verve-worker:dev';
const agentImage = process.env['VERVE_TEST_AGENT_IMAGE'] ?? 'verve-agent:dev';

/** How a worker is installed. */
export interface WorkerInstall {
  /** As pods reach it. */
  readonly serverUrl: string;
  /** Files below `/etc/verve/secrets`; `key` is the worker's own. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly replicas: number;
}

const little = { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } };

/** What runs are by default in these tests: small, from images that the node has. */
export const kubernetesDefaults = {
  image: agentImage,
  imagePullPolicy: 'IfNotPresent',
  resources: { checkout: little, agent: little, publish: little },
};

/** The objects of a worker: what a chart would make. */
export function workerObjects({ serverUrl, secrets, settings, replicas }: WorkerInstall): readonly object[] {
  const kubernetes = { ...kubernetesDefaults, ...(settings['kubernetes'] as object | undefined) };
  const config = {
    serverUrl,
    keyFile: '/etc/verve/secrets/key',
    name: 'cluster',
    executor: 'kubernetes',
    runLogs: 'full',
    capacity: 4,
    ...settings,
    kubernetes,
  };
  return [
    ...roleObjects(),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'verve-worker' }, stringData: secrets },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'verve-worker' },
      data: { 'worker.yaml': JSON.stringify(config) },
    },
    deployment(replicas, digestOf(config)),
  ];
}

function digestOf(config: object): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);
}

function roleObjects(): readonly object[] {
  const text = readFileSync(join(import.meta.dirname, 'manifests', 'role.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}

function deployment(replicas: number, digest: string): object {
  const labels = { 'app.kubernetes.io/name': 'verve-worker' };
  // On a machine that is short of processors an answer takes seconds.
  const patience = { periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 6 };
  const probe = (path: string): object => ({ httpGet: { path, port: 8081 }, ...patience });
  const container = {
    name: 'worker',
    image,
    imagePullPolicy: 'IfNotPresent',
    env: [{ name: 'VERVE_CONFIG', value: '/etc/verve/config/worker.yaml' }],
    readinessProbe: probe('/readyz'),
    livenessProbe: probe('/healthz'),
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/verve/config', readOnly: true },
      { name: 'secrets', mountPath: '/etc/verve/secrets', readOnly: true },
      { name: 'data', mountPath: '/var/lib/verve' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'verve-worker', labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'verve.test/config': digest } },
        spec: {
          serviceAccountName: 'verve-worker',
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container],
          volumes: [
            { name: 'config', configMap: { name: 'verve-worker' } },
            { name: 'secrets', secret: { secretName: 'verve-worker', defaultMode: 0o440 } },
            { name: 'data', emptyDir: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}
