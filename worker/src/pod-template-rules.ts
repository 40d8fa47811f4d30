import type { Phase } from '@verve/contract';

import { containerFields, podFields } from './pod-template-fields.ts';

/** What an operator lays over the pods of runs. */
interface PodTemplate {
  readonly metadata: { readonly labels: object; readonly annotations: object };
  readonly spec: Fields;
  readonly containers: Partial<Record<Phase, Fields>>;
}

/** What a template cannot have. */
interface TemplateProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface PlaceRule {
  readonly pattern: RegExp;
  /** Or must not. */
  readonly mustMatch: boolean;
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const ownMessage = 'is what runs stand on, and cannot be set';

/** Fields of a pod that Verve decides. */
export const reservedInPod = new Set([
  'activeDeadlineSeconds',
  'automountServiceAccountToken',
  'containers',
  'ephemeralContainers',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostUsers',
  'initContainers',
  'restartPolicy',
  'serviceAccount',
  'serviceAccountName',
  'shareProcessNamespace',
  'terminationGracePeriodSeconds',
]);
/** All else of it would take from what `restricted` demands, or from whose the volumes are. */
export const freeInSecurityContext = new Set([
  'fsGroupChangePolicy',
  'seLinuxOptions',
  'supplementalGroups',
  'supplementalGroupsPolicy',
]);
/** Fields of a container that Verve decides. */
export const reservedInContainer = new Set([
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
]);
/** Fields of a pod that are added to, and so are lists. */
export const podLists = ['imagePullSecrets', 'tolerations', 'volumes'];
/** The same of a container. */
export const containerLists = ['env', 'envFrom', 'ports', 'volumeDevices', 'volumeMounts'];
/** Variables that the runner sets. */
export const reservedVariable = /^(?:VERVE_.*|HOME|TMPDIR|PATH)$/;
/** Labels and annotations that Verve or Kubernetes set. */
export const reservedName = /^(?:(?:[^/]*\.)?(?:verve\.dev|kubernetes\.io)\/.*|job-name|controller-uid)$/;
/** What keeps a run from being moved. */
export const freeName = /^cluster-autoscaler\.kubernetes\.io\//;
/** Volumes of Verve's own. */
export const ownVolume = /^verve-/;
const ownFolder = /^\/(?:verve|workspace|tmp|dev\/termination-log)(?:\/|$)/;
/** Where things are mounted: absolute, and no other way to write a folder of a run's own, or one above such. */
export const placeRules: readonly PlaceRule[] = [
  { pattern: /^(?:\/[^/]+)+\/?$/, mustMatch: true, message: 'must be an absolute path, and not the root' },
  { pattern: /\/\.{1,2}(?:\/|$)/, mustMatch: false, message: 'must not have "." or ".." on its way' },
  { pattern: ownFolder, mustMatch: false, message: ownMessage },
  { pattern: /^\/dev\/?$/, mustMatch: false, message: ownMessage },
];

/** Everything in a template that would take something from what runs stand on. */
export function problemsOf({ metadata, spec, containers }: PodTemplate): readonly TemplateProblem[] {
  const names = [
    ...Object.keys(metadata.labels).map((key) => ['metadata', 'labels', key]),
    ...Object.keys(metadata.annotations).map((key) => ['metadata', 'annotations', key]),
  ];
  return [
    ...names.filter((path) => isReservedName(path.at(-1) ?? '')).map(reserved),
    ...reservedKeys(['spec'], spec, reservedInPod),
    ...unknownKeys(['spec'], spec, podFields),
    ...noLists(['spec'], spec, podLists),
    ...problemsOfSecurityContext(spec['securityContext']),
    ...entriesOf(spec, 'volumes').flatMap((volume, n) => problemsOfVolume(['spec', 'volumes', n], volume)),
    ...Object.entries(containers).flatMap(([phase, container]) =>
      problemsOfContainer(['containers', phase], container),
    ),
  ];
}

function isReservedName(name: string): boolean {
  return reservedName.test(name) && !freeName.test(name);
}

function problemsOfSecurityContext(context: unknown): readonly TemplateProblem[] {
  if (typeof (context ?? {}) !== 'object' || Array.isArray(context)) {
    return [{ path: ['spec', 'securityContext'], message: 'must be an object' }];
  }
  const keys = Object.keys(fieldsOf(context)).filter((key) => !freeInSecurityContext.has(key));
  return keys.map((key) => reserved(['spec', 'securityContext', key]));
}

function problemsOfVolume(path: Path, volume: Fields): readonly TemplateProblem[] {
  const sources = entriesOf(fieldsOf(volume['projected']), 'sources');
  return [
    ...(ownVolume.test(textOf(volume['name'])) ? [reserved([...path, 'name'])] : []),
    ...sources.flatMap((source, n) =>
      'serviceAccountToken' in source
        ? [reserved([...path, 'projected', 'sources', n, 'serviceAccountToken'])]
        : [],
    ),
  ];
}

function problemsOfContainer(path: Path, container: Fields): readonly TemplateProblem[] {
  return [
    ...reservedKeys(path, container, reservedInContainer),
    ...unknownKeys(path, container, containerFields),
    ...noLists(path, container, containerLists),
    ...entriesOf(container, 'env').flatMap(({ name }, n) =>
      reservedVariable.test(textOf(name)) ? [reserved([...path, 'env', n, 'name'])] : [],
    ),
    ...entriesOf(container, 'volumeMounts').flatMap((mount, n) =>
      problemsOfMount([...path, 'volumeMounts', n], mount),
    ),
  ];
}

function problemsOfMount(path: Path, { name, mountPath }: Fields): readonly TemplateProblem[] {
  const place = textOf(mountPath);
  const broken = placeRules.find(({ pattern, mustMatch }) => pattern.test(place) !== mustMatch);
  return [
    ...(ownVolume.test(textOf(name)) ? [reserved([...path, 'name'])] : []),
    ...(broken ? [{ path: [...path, 'mountPath'], message: broken.message }] : []),
  ];
}

function reservedKeys(path: Path, fields: Fields, keys: ReadonlySet<string>): readonly TemplateProblem[] {
  return Object.keys(fields)
    .filter((key) => keys.has(key))
    .map((key) => reserved([...path, key]));
}

function unknownKeys(path: Path, fields: Fields, known: ReadonlySet<string>): readonly TemplateProblem[] {
  const unknown = Object.keys(fields).filter((key) => !known.has(key));
  return unknown.map((key) => ({ path: [...path, key], message: 'is no field that Kubernetes has there' }));
}

function noLists(path: Path, fields: Fields, keys: readonly string[]): readonly TemplateProblem[] {
  const others = keys.filter(
    (key) => (fields[key] ?? undefined) !== undefined && !Array.isArray(fields[key]),
  );
  return others.map((key) => ({ path: [...path, key], message: 'must be a list' }));
}

function reserved(path: Path): TemplateProblem {
  return { path, message: ownMessage };
}

function entriesOf(fields: Fields, key: string): readonly Fields[] {
  const entries = fields[key];
  return Array.isArray(entries) ? entries.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
