import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { phases, type Phase } from '@verve/contract';
import { expect, test } from 'vitest';

import type { RunRequest } from '../../executor.ts';
import { kubernetesSettings } from '../../kubernetes-settings.ts';
import { requestOf, shellSpec } from '../../testing/run.ts';
import { podTemplateOf, type PodParts } from './pod-spec.ts';

const request: RunRequest = {
  ...requestOf(shellSpec('https://git.example/x.git', 'true')),
  agentEnvironment: { VERVE_MODEL_KEY: 'the model key' },
  gitEnvironment: { GIT_SSH_COMMAND: 'the git command' },
  access: { credentials: [{ prefix: 'https://git.example', username: 'a', passwordFile: '/p' }] },
};

function podOf(settings: object = {}, given: Partial<PodParts> = {}): V1PodSpec {
  const parts = { settings: kubernetesSettings.parse(settings), request, ...given };
  const { spec } = podTemplateOf(parts);
  if (!spec) throw new Error('a template has a spec');
  return spec;
}

function containerOf(spec: V1PodSpec, phase: Phase): V1Container {
  const found = [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => name === phase);
  if (!found) throw new Error(`there is no container ${phase}`);
  return found;
}

function namesOf(entries: readonly { readonly name: string }[] | undefined): string[] {
  return (entries ?? []).map(({ name }) => name).sort();
}

test('the phases run one after the other, and the pod lasts as long as they do', () => {
  const spec = podOf();

  expect([spec.initContainers?.map(({ name }) => name), spec.containers.map(({ name }) => name)]).toEqual([
    ['checkout', 'agent'],
    ['publish'],
  ]);
  expect(spec).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
  expect(spec.serviceAccountName).toBeUndefined();
});

test.each(phases)('%s has what the level restricted demands, and a root that nobody writes', (phase) => {
  const spec = podOf();

  expect(spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    fsGroup: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(containerOf(spec, phase).securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
});

test.each([
  [
    'checkout',
    ['verve-access', 'verve-out-checkout', 'verve-scratch-checkout', 'verve-task', 'verve-workspace'],
  ],
  [
    'agent',
    ['verve-out-agent', 'verve-out-checkout', 'verve-scratch-agent', 'verve-task', 'verve-workspace'],
  ],
  [
    'publish',
    [
      'verve-access',
      'verve-out-agent',
      'verve-out-checkout',
      'verve-out-publish',
      'verve-permit',
      'verve-scratch-publish',
      'verve-task',
    ],
  ],
] as const)('%s has these volumes alone: %j', (phase, names) => {
  expect(namesOf(containerOf(podOf(), phase).volumeMounts)).toEqual(names);
});

test('a phase writes its own folders, and the tree where it may', () => {
  const writable = phases.map((phase) =>
    namesOf(containerOf(podOf(), phase).volumeMounts?.filter(({ readOnly }) => readOnly !== true)),
  );

  expect(writable).toEqual([
    ['verve-out-checkout', 'verve-scratch-checkout', 'verve-workspace'],
    ['verve-out-agent', 'verve-scratch-agent', 'verve-workspace'],
    ['verve-out-publish', 'verve-scratch-publish'],
  ]);
});

test.each([
  ['checkout', ['GIT_SSH_COMMAND', 'VERVE_ACCESS_FILE']],
  ['agent', ['VERVE_MODEL_KEY']],
  ['publish', ['GIT_SSH_COMMAND', 'VERVE_ACCESS_FILE', 'VERVE_PERMIT_FILE']],
] as const)('%s has of what is not for all phases these variables alone: %j', (phase, names) => {
  const forAll = [
    'HOME',
    'TMPDIR',
    'VERVE_AGENT_OUT',
    'VERVE_CHECKOUT_OUT',
    'VERVE_OUT',
    'VERVE_TASK_FILE',
    'VERVE_TREE',
  ];

  expect(namesOf(containerOf(podOf(), phase).env)).toEqual([...forAll, ...names].sort());
});

test('no secret stands in the pod itself', () => {
  const text = JSON.stringify(podOf());

  expect(text).not.toContain('the model key');
  expect(text).not.toContain('the git command');
});

test('the volume of checkout and publish has no key of the agent', () => {
  const access = podOf().volumes?.find(({ name }) => name === 'verve-access');

  expect(access?.secret?.items?.map(({ key }) => key)).toEqual(['access.json', 'password-0']);
  expect(access?.secret?.defaultMode).toBe(0o440);
});

test('every mount has its volume', () => {
  const spec = podOf();
  const mounted = phases.flatMap((phase) => namesOf(containerOf(spec, phase).volumeMounts));

  expect(namesOf(spec.volumes)).toEqual([...new Set(mounted)].sort());
});

test('the agent may have an image and a command of its own', () => {
  const spec = podOf({ image: 'runner:1' }, { agentImage: 'agent:2', agentCommand: ['play'] });
  const images = phases.map((phase) => containerOf(spec, phase).image);

  expect(images).toEqual(['runner:1', 'agent:2', 'runner:1']);
  expect(containerOf(spec, 'agent').command).toEqual([
    '/verve/bin/tini',
    '--',
    '/verve/bin/verve-agent',
    'container',
    'agent',
    'play',
  ]);
  expect(podOf({ image: 'runner:1' }).initContainers?.[1]?.image).toBe('runner:1');
});

test('where it may run, and what it may use, is as it is set', () => {
  const settings = {
    nodeSelector: { pool: 'agents' },
    tolerations: [{ key: 'agents' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'low',
    runtimeClassName: 'gvisor',
    imagePullSecrets: ['registry'],
  };
  const spec = podOf({ ...settings, storage: '20Gi', resources: { agent: { limits: { memory: '8Gi' } } } });

  expect(spec).toMatchObject({ ...settings, imagePullSecrets: [{ name: 'registry' }] });
  expect(spec.volumes?.find(({ name }) => name === 'verve-workspace')?.emptyDir?.sizeLimit).toBe('20Gi');
  expect(containerOf(spec, 'agent').resources?.limits).toEqual({ memory: '8Gi' });
  expect(containerOf(spec, 'publish').resources?.limits).toEqual({ memory: '1Gi' });
});

test('a template adds to a pod and takes nothing away', () => {
  const plain = podOf();
  const containers = {
    agent: {
      env: [{ name: 'MINE', value: '1' }],
      volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
      resources: null,
    },
  };
  const spec = podOf({
    podTemplate: {
      spec: { volumes: [{ name: 'cache', emptyDir: {} }], securityContext: null, enableServiceLinks: false },
      containers,
    },
  });
  const agent = containerOf(plain, 'agent');

  const laidAgent = Object.assign({}, agent, {
    env: [...(agent.env ?? []), ...containers.agent.env],
    volumeMounts: [...(agent.volumeMounts ?? []), ...containers.agent.volumeMounts],
  });
  expect(spec).toEqual(
    Object.assign({}, plain, {
      volumes: [...(plain.volumes ?? []), { name: 'cache', emptyDir: {} }],
      initContainers: [containerOf(plain, 'checkout'), laidAgent],
    }),
  );
});

test('a pod is found by the labels of its run, whatever the template adds', () => {
  const metadata = { labels: { team: 'a' }, annotations: { note: 'b' } };
  const settings = kubernetesSettings.parse({ installation: 'one', podTemplate: { metadata } });
  const found = podTemplateOf({ settings, request }).metadata;

  expect(found?.labels).toMatchObject({
    team: 'a',
    'verve.dev/installation': 'one',
    'verve.dev/task': request.spec.taskId,
    'verve.dev/attempt': '1',
  });
  expect(found?.annotations).toEqual({ note: 'b' });
});
