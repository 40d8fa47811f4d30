import type { V1Job, V1PodSpec, V1Secret } from '@kubernetes/client-node';

import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import { labels } from '../../kubernetes/run-objects.ts';
import { overlay } from './overlay.ts';
import { paths, program } from './pod-paths.ts';
import { containerSecurity, podFrameOf } from './pod-spec.ts';

/** What the runner of an image is asked, for `doctor`. */
export interface ImageQuestion {
  readonly image: string;
  /** Of `verve-agent`. A file that they name is one of `files`, below {@link questionFolder}. */
  readonly args: readonly string[];
  /** Of the program, and kept in a Secret with `files`; absent: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Name → content. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The container, whose template is that of the agent phase. */
export const questionContainer = 'agent';
/** Where the files of a question are. */
export const questionFolder = '/verve/task';

const volumes = { question: 'verve-question', scratch: 'verve-scratch' } as const;
/** Whatever becomes of the program that asks. */
const deadlineSeconds = 600;
const keptSeconds = 60;

/**
 * A Job that asks: its pod is held, placed and seen by the network as that of a run, but sees the folders of its image
 * that volumes of a run take the place of. It waits for its Secret where it has one, which it owns.
 */
export function questionJob(settings: KubernetesSettings, name: string, question: ImageQuestion): V1Job {
  const { podTemplate } = settings;
  const metadata = {
    labels: {
      ...podTemplate.metadata.labels,
      'app.kubernetes.io/name': 'verve-run',
      'app.kubernetes.io/managed-by': 'verve-worker',
      [labels.installation]: settings.installation,
    },
    annotations: podTemplate.metadata.annotations,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'verve-worker' } },
    spec: {
      suspend: hasSecret(question),
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: keptSeconds,
      template: { metadata, spec: podOf(settings, name, question) },
    },
  };
}

/** What a question's Job reads; undefined where it reads nothing. */
export function questionSecret(
  job: V1Job,
  { environment = {}, files = {} }: ImageQuestion,
): V1Secret | undefined {
  if (!hasSecret({ environment, files })) return undefined;
  const { name = '', uid = '' } = job.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }] },
    stringData: {
      ...Object.fromEntries(Object.entries(files).map(([file, content]) => [fileKey(file), content])),
      ...Object.fromEntries(Object.entries(environment).map(([one, value]) => [variableKey(one), value])),
    },
  };
}

function hasSecret({ environment = {}, files = {} }: Pick<ImageQuestion, 'environment' | 'files'>): boolean {
  return Object.keys(environment).length + Object.keys(files).length > 0;
}

function podOf(settings: KubernetesSettings, secret: string, question: ImageQuestion): V1PodSpec {
  const { podTemplate, imagePullPolicy } = settings;
  const { image, args, environment = {}, files = {} } = question;
  const names = Object.keys(files);
  const container = {
    name: questionContainer,
    image,
    ...(imagePullPolicy && { imagePullPolicy }),
    command: [program.init, '--', program.agent, ...args],
    env: [
      ...Object.keys(environment).map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: secret, key: variableKey(name) } },
      })),
      { name: 'HOME', value: paths.home },
      { name: 'TMPDIR', value: paths.scratch },
      { name: 'NODE_USE_ENV_PROXY', value: '1' },
    ],
    resources: settings.resources.agent,
    securityContext: containerSecurity,
    volumeMounts: [
      { name: volumes.scratch, mountPath: paths.scratch },
      ...(names.length > 0 ? [{ name: volumes.question, mountPath: questionFolder, readOnly: true }] : []),
    ],
  };
  const items = names.map((name) => ({ key: fileKey(name), path: name }));
  const spec: V1PodSpec = {
    ...podFrameOf(settings),
    containers: [overlay(container, podTemplate.containers.agent ?? {}) as V1PodSpec['containers'][number]],
    volumes: [
      { name: volumes.scratch, emptyDir: {} },
      ...(names.length > 0
        ? [{ name: volumes.question, secret: { secretName: secret, items, defaultMode: 0o440 } }]
        : []),
    ],
  };
  return overlay(spec, podTemplate.spec) as V1PodSpec;
}

function fileKey(name: string): string {
  return `file.${name}`;
}

function variableKey(name: string): string {
  return `environment.${name}`;
}
