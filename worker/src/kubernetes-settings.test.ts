import { settingsSchema } from '@verve/contract';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

import { kubernetesSettings } from './kubernetes-settings.ts';

const fitsSchema = new Ajv({ strict: false }).compile(
  JSON.parse(settingsSchema(kubernetesSettings)) as object,
);

/** Where a template is refused: by the worker, and before it, somewhere, by the schema that charts and editors have. */
function pathsRefused(podTemplate: object): string[] {
  const { error } = kubernetesSettings.safeParse({ podTemplate });
  expect(fitsSchema({ podTemplate })).toBe(error === undefined);
  return (error?.issues ?? []).map(({ path }) => path.join('.').replace('podTemplate.', ''));
}

const token = {
  projected: { sources: [{ configMap: { name: 'x' } }, { serviceAccountToken: { path: 't' } }] },
};

test.each([
  ['activeDeadlineSeconds', 1],
  ['automountServiceAccountToken', true],
  ['containers', []],
  ['ephemeralContainers', []],
  ['hostIPC', true],
  ['hostNetwork', true],
  ['hostPID', true],
  ['hostUsers', true],
  ['initContainers', []],
  ['restartPolicy', 'Always'],
  ['serviceAccount', 'x'],
  ['serviceAccountName', 'x'],
  ['shareProcessNamespace', true],
  ['terminationGracePeriodSeconds', 0],
])('%s of a pod is refused', (key, value) => {
  expect(pathsRefused({ spec: { [key]: value } })).toEqual([`spec.${key}`]);
});

test.each([
  ['runAsUser', 0],
  ['runAsNonRoot', false],
  ['fsGroup', 0],
  ['seccompProfile', { type: 'Unconfined' }],
  ['appArmorProfile', { type: 'Unconfined' }],
  ['sysctls', []],
])('%s of the security context of a pod is refused', (key, value) => {
  expect(pathsRefused({ spec: { securityContext: { [key]: value } } })).toEqual([
    `spec.securityContext.${key}`,
  ]);
});

test.each([[[]], ['x'], [7]])('%j for the security context of a pod is refused', (securityContext) => {
  expect(pathsRefused({ spec: { securityContext } })).toEqual(['spec.securityContext']);
});

test.each([
  'args',
  'command',
  'image',
  'lifecycle',
  'livenessProbe',
  'name',
  'readinessProbe',
  'restartPolicy',
  'restartPolicyRules',
  'securityContext',
  'startupProbe',
  'stdin',
  'stdinOnce',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'tty',
  'workingDir',
])('%s of a container is refused', (key) => {
  expect(pathsRefused({ containers: { agent: { [key]: { privileged: true } } } })).toEqual([
    `containers.agent.${key}`,
  ]);
});

test.each(['VERVE_TREE', 'VERVE_ACCESS_FILE', 'VERVE_ANYTHING', 'HOME', 'TMPDIR', 'PATH'])(
  'the variable %s is refused',
  (name) => {
    const env = [
      { name: 'MINE', value: '1' },
      { name, value: 'x' },
    ];

    expect(pathsRefused({ containers: { publish: { env } } })).toEqual(['containers.publish.env.1.name']);
  },
);

test.each([
  '/verve',
  '/verve/access',
  '/verve/bin/verve-agent',
  '/workspace/',
  '/workspace/tree',
  '/tmp',
  '/tmp/home/.cache',
  '//tmp',
  '/x/../verve/out',
  './tmp',
  'verve/permit',
  '/',
  '',
  '/dev',
  '/dev/termination-log',
])('a mount at %j is refused', (mountPath) => {
  const volumeMounts = [{ name: 'mine', mountPath }];

  expect(pathsRefused({ containers: { agent: { volumeMounts } } })).toEqual([
    'containers.agent.volumeMounts.0.mountPath',
  ]);
});

test.each(['verve-access', 'verve-task', 'verve-out-agent', 'verve-mine'])(
  'the volume %s is refused, and a mount of it',
  (name) => {
    const volumeMounts = [{ name, mountPath: '/mine' }];

    expect(pathsRefused({ spec: { volumes: [{ name }] } })).toEqual(['spec.volumes.0.name']);
    expect(pathsRefused({ containers: { agent: { volumeMounts } } })).toEqual([
      'containers.agent.volumeMounts.0.name',
    ]);
  },
);

test('the token of a service account is refused', () => {
  expect(pathsRefused({ spec: { volumes: [{ name: 'mine', ...token }] } })).toEqual([
    'spec.volumes.0.projected.sources.1.serviceAccountToken',
  ]);
});

test.each([
  'verve.dev/task',
  'x.verve.dev/task',
  'app.kubernetes.io/name',
  'batch.kubernetes.io/job-name',
  'job-name',
  'controller-uid',
])('the label and the annotation %s are refused', (name) => {
  expect(pathsRefused({ metadata: { labels: { [name]: 'x' }, annotations: { [name]: 'x' } } })).toEqual([
    `metadata.labels.${name}`,
    `metadata.annotations.${name}`,
  ]);
});

test.each([
  ['spec.volumes', { spec: { volumes: {} } }],
  ['spec.tolerations', { spec: { tolerations: 'all' } }],
  ['containers.agent.env', { containers: { agent: { env: { HOME: '/' } } } }],
  ['containers.agent.volumeMounts', { containers: { agent: { volumeMounts: 'x' } } }],
])('%s that is no list is refused', (path, podTemplate) => {
  expect(pathsRefused(podTemplate)).toEqual([path]);
});

test.each([
  ['spec.hostnetwork', { spec: { hostnetwork: true } }],
  ['containers.agent.enviroment', { containers: { agent: { enviroment: [] } } }],
])('%s, which Kubernetes does not have, is refused', (path, podTemplate) => {
  expect(pathsRefused(podTemplate)).toEqual([path]);
});

test('phases that are none, and fields beside those of a template, are refused', () => {
  expect(pathsRefused({ containers: { deploy: {} } })).toHaveLength(1);
  expect(kubernetesSettings.safeParse({ podTemplate: { status: {} } }).success).toBe(false);
});

test('everything that is wrong is told at once', () => {
  const podTemplate = {
    metadata: { labels: { 'verve.dev/task': 'x' } },
    spec: { hostPID: true },
    containers: { agent: { image: 'x' }, publish: { tty: true } },
  };

  expect(pathsRefused(podTemplate)).toEqual([
    'metadata.labels.verve.dev/task',
    'spec.hostPID',
    'containers.agent.image',
    'containers.publish.tty',
  ]);
});

test('what an operator may add is taken', () => {
  const podTemplate = {
    metadata: {
      labels: { team: 'a', 'sidecar.istio.io/inject': 'false' },
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
    },
    spec: {
      securityContext: { supplementalGroups: [5_000], fsGroupChangePolicy: 'OnRootMismatch' },
      volumes: [
        { name: 'cache', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'shm', emptyDir: {} },
      ],
      dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    },
    containers: {
      agent: {
        env: [{ name: 'GOPROXY', value: 'https://proxy.example' }],
        envFrom: [{ secretRef: { name: 'mine' } }],
        volumeMounts: [
          { name: 'cache', mountPath: '/var/cache/go' },
          { name: 'cache', mountPath: '/versed' },
          { name: 'shm', mountPath: '/dev/shm' },
        ],
        resources: { limits: { 'example.com/gpu': '1' } },
      },
    },
  };

  expect(pathsRefused(podTemplate)).toEqual([]);
});
