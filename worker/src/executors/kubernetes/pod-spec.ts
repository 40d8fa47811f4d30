import type {
  V1Container,
  V1EnvVar,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import { phases, type Phase } from '@verve/contract';

import type { RunRequest } from '../../executor.ts';
import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import { accessSecretName, annotations, runLabels, taskSecretName } from '../../kubernetes/run-objects.ts';
import { accessKeys, environmentKey } from './access-secret.ts';
import { overlay } from './overlay.ts';
import { outPath, paths, program, volumes } from './pod-paths.ts';

/** What a pod is made from. */
export interface PodParts {
  readonly settings: KubernetesSettings;
  readonly request: RunRequest;
  /** Of the agent phase; absent: that of the other phases. */
  readonly agentImage?: string | undefined;
  /** Program and arguments of `verve-agent`'s phases, instead of its own. */
  readonly agentCommand?: readonly string[] | undefined;
}

/** What no container with an image of runs may do. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

const user = 1000;
/** SIGINT, SIGTERM and SIGKILL to the program within it, and the end told. */
const graceSeconds = 15;

/** The pod of a run: a container for each phase, one after the other, each with what it may have and no more. */
export function podTemplateOf(parts: PodParts): V1PodTemplateSpec {
  const { settings, request } = parts;
  const { podTemplate } = settings;
  const [checkout, agent, publish] = phases.map((phase) => containerOf(parts, phase));
  const spec: V1PodSpec = {
    ...podFrameOf(settings),
    initContainers: [checkout, agent].filter((one) => one !== undefined),
    containers: publish ? [publish] : [],
    volumes: volumesOf(settings, request),
  };
  return {
    metadata: {
      labels: {
        ...podTemplate.metadata.labels,
        'app.kubernetes.io/name': 'verve-run',
        'app.kubernetes.io/managed-by': 'verve-worker',
        ...runLabels(settings.installation, request.spec),
      },
      annotations: podTemplate.metadata.annotations,
    },
    spec: overlay(spec, podTemplate.spec) as V1PodSpec,
  };
}

/** What every pod with an image of runs has: no rights, and its place. */
export function podFrameOf(settings: KubernetesSettings): Omit<V1PodSpec, 'containers'> {
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...placementOf(settings),
  };
}

/** Where it may run. */
function placementOf(settings: KubernetesSettings): Partial<V1PodSpec> {
  const { nodeSelector, tolerations, affinity, priorityClassName, runtimeClassName } = settings;
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(runtimeClassName !== undefined && { runtimeClassName }),
    ...(settings.imagePullSecrets.length > 0 && {
      imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })),
    }),
  };
}

function containerOf(parts: PodParts, phase: Phase): V1Container {
  const { settings, agentImage, agentCommand = [] } = parts;
  const container: V1Container = {
    name: phase,
    image: phase === 'agent' ? (agentImage ?? settings.image) : settings.image,
    ...(settings.imagePullPolicy && { imagePullPolicy: settings.imagePullPolicy }),
    command: [program.init, '--', program.agent, 'container', phase, ...agentCommand],
    env: environmentOf(parts, phase),
    resources: settings.resources[phase],
    securityContext: containerSecurity,
    terminationMessagePath: '/dev/termination-log',
    volumeMounts: mountsOf(phase),
  };
  return overlay(container, settings.podTemplate.containers[phase] ?? {}) as V1Container;
}

function environmentOf({ request }: PodParts, phase: Phase): V1EnvVar[] {
  const name = accessSecretName(request.spec);
  const secret = (variable: string): V1EnvVar => ({
    name: variable,
    valueFrom: { secretKeyRef: { name, key: environmentKey(phase, variable) } },
  });
  const given = phase === 'agent' ? request.agentEnvironment : request.gitEnvironment;
  return [
    ...Object.keys(given).map(secret),
    { name: 'HOME', value: paths.home },
    { name: 'TMPDIR', value: paths.scratch },
    { name: 'VERVE_TASK_FILE', value: `${paths.task}/task.json` },
    { name: 'VERVE_TREE', value: `${paths.workspace}/tree` },
    { name: 'VERVE_OUT', value: outPath(phase) },
    { name: 'VERVE_CHECKOUT_OUT', value: outPath('checkout') },
    { name: 'VERVE_AGENT_OUT', value: outPath('agent') },
    ...(phase === 'agent' ? [] : [{ name: 'VERVE_ACCESS_FILE', value: `${paths.access}/access.json` }]),
    ...(phase === 'publish' ? [{ name: 'VERVE_PERMIT_FILE', value: `${paths.permit}/permit` }] : []),
  ];
}

function mountsOf(phase: Phase): V1VolumeMount[] {
  const at = (name: string, mountPath: string, readOnly = false): V1VolumeMount => ({
    name,
    mountPath,
    ...(readOnly && { readOnly }),
  });
  const own = [
    at(volumes.task, paths.task, true),
    at(volumes.scratch(phase), paths.scratch),
    at(volumes.out(phase), outPath(phase)),
  ];
  switch (phase) {
    case 'checkout':
      return [...own, at(volumes.access, paths.access, true), at(volumes.workspace, paths.workspace)];
    case 'agent':
      return [
        ...own,
        at(volumes.workspace, paths.workspace),
        at(volumes.out('checkout'), outPath('checkout'), true),
      ];
    case 'publish':
      return [
        ...own,
        at(volumes.access, paths.access, true),
        at(volumes.permit, paths.permit, true),
        at(volumes.out('checkout'), outPath('checkout'), true),
        at(volumes.out('agent'), outPath('agent'), true),
      ];
    default:
      return phase satisfies never;
  }
}

function volumesOf({ storage }: KubernetesSettings, request: RunRequest): V1Volume[] {
  const { spec } = request;
  const items = accessKeys(request).map((key) => ({ key, path: key }));
  const permit = { path: 'permit', fieldRef: { fieldPath: `metadata.annotations['${annotations.permit}']` } };
  const empty = (name: string): V1Volume => ({ name, emptyDir: {} });
  return [
    { name: volumes.task, secret: { secretName: taskSecretName(spec), defaultMode: 0o440 } },
    { name: volumes.access, secret: { secretName: accessSecretName(spec), items, defaultMode: 0o440 } },
    { name: volumes.permit, downwardAPI: { items: [permit] } },
    { name: volumes.workspace, emptyDir: storage === undefined ? {} : { sizeLimit: storage } },
    ...phases.flatMap((phase) => [empty(volumes.out(phase)), empty(volumes.scratch(phase))]),
  ];
}
