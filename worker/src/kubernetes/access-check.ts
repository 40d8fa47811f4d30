import { AuthorizationV1Api, type V1ResourceAttributes } from '@kubernetes/client-node';

import type { Finding } from '../doctor/finding.ts';
import { refusalOf, wordsOf } from './api-error.ts';
import { within, type Cluster } from './cluster.ts';
import { permissions, type Permission } from './permissions.ts';
import { group, version } from './run-objects.ts';

const check = 'kubernetes';
const kinds = ['agentruns', 'workers'] as const;

/** Whether the API server answers, has the kinds of Verve, and lets the worker do what it has to. Makes nothing. */
export async function checkAccess(cluster: Cluster, signal: AbortSignal): Promise<readonly Finding[]> {
  const { namespace } = cluster;
  try {
    const rights = await checkRights(cluster, { who: 'the worker', permissions }, signal);
    const found = [...(await checkKinds(cluster, signal)), ...rights];
    if (found.length > 0) return found;
    const place = await checkNamespace(cluster, signal);
    if (place) return [place];
  } catch (error) {
    signal.throwIfAborted();
    return [unreached(cluster, error)];
  }
  const message = `${serverOf(cluster)} lets the worker do its work in namespace ${namespace}`;
  return [{ check, state: 'ok', message }];
}

function serverOf({ config }: Pick<Cluster, 'config'>): string {
  return config.getCurrentCluster()?.server ?? '';
}

/** What it means that the API server gave no answer of use. */
export function unreached(cluster: Pick<Cluster, 'config'>, error: unknown): Finding {
  const server = serverOf(cluster);
  const words = wordsOf(error);
  if (refusalOf(error)?.code === 401) {
    const fix = 'Give the worker a ServiceAccount with a token, or mend "kubernetes.kubeconfig".';
    return { check, state: 'failed', message: `${server} does not know who the worker is: ${words}`, fix };
  }
  const fix = 'Look at "kubernetes.kubeconfig", and whether the API server is reached from here.';
  return { check, state: 'failed', message: `${server} does not answer: ${words}`, fix };
}

/** Who needs rights, and which. */
export interface Need {
  /** As in `the worker may not …`. */
  readonly who: string;
  readonly permissions: readonly Permission[];
}

interface Right extends Permission {
  readonly verb: string;
}

/** A finding for each right that is missing. Throws when the API server does not answer. */
export async function checkRights(
  { config, namespace }: Cluster,
  { who, permissions }: Need,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const rights = permissions.flatMap((one) => one.verbs.map((verb): Right => ({ ...one, verb })));
  const answers = rights.map(async (right): Promise<readonly Finding[]> => {
    const resourceAttributes = attributesOf(right, namespace);
    const body = { spec: { resourceAttributes } };
    const { status } = await api.createSelfSubjectAccessReview({ body }, within(signal));
    return status?.allowed ? [] : [missing(right, who, namespace)];
  });
  return (await Promise.all(answers)).flat();
}

function attributesOf({ group: of, resource, verb }: Right, namespace: string): V1ResourceAttributes {
  const [kind = '', subresource] = resource.split('/');
  return { namespace, group: of, resource: kind, verb, ...(subresource && { subresource }) };
}

function missing({ verb, resource, group: of, why }: Right, who: string, namespace: string): Finding {
  const rule = `{ apiGroups: ["${of}"], resources: ["${resource}"], verbs: ["${verb}"] }`;
  return {
    check,
    state: 'failed',
    message: `${who} may not ${verb} ${resource} in namespace ${namespace} (${why})`,
    fix: `Add to its Role there: ${rule}`,
  };
}

/** Asked by a list, since to read the definitions themselves takes a right in the whole cluster. */
async function checkKinds({ custom, namespace }: Cluster, signal: AbortSignal): Promise<readonly Finding[]> {
  const answers = kinds.map(async (plural): Promise<readonly Finding[]> => {
    const call = custom.listNamespacedCustomObject(
      { group, version, namespace, plural, limit: 1 },
      within(signal),
    );
    const refusal = await call.then(() => undefined, refusalOrThrow);
    return refusal?.code === 404 ? [unknownKind(plural)] : [];
  });
  return (await Promise.all(answers)).flat();
}

async function checkNamespace(cluster: Cluster, signal: AbortSignal): Promise<Finding | undefined> {
  const { namespace } = cluster;
  const state = await stateOfNamespace(cluster, signal);
  if (state === 'there') return undefined;
  if (state === 'missing') {
    const fix = `kubectl create namespace ${namespace}, or mend "kubernetes.namespace".`;
    return { check, state: 'failed', message: `there is no namespace ${namespace}`, fix };
  }
  const fix = 'Wait until it is gone, and make it anew.';
  return { check, state: 'failed', message: `namespace ${namespace} is being deleted`, fix };
}

/** Asked by a Lease that is made for show: lists of a namespace that is not there are empty, and well. */
export async function stateOfNamespace(
  { coordination, namespace }: Pick<Cluster, 'coordination' | 'namespace'>,
  signal: AbortSignal,
): Promise<'there' | 'missing' | 'ending'> {
  const body = { metadata: { generateName: 'verve-check-' } };
  const call = coordination.createNamespacedLease({ namespace, body, dryRun: 'All' }, within(signal));
  const refusal = await call.then(() => undefined, refusalOrThrow);
  if (refusal?.code === 404) return 'missing';
  return refusal?.message.includes('being terminated') ? 'ending' : 'there';
}

function refusalOrThrow(error: unknown): ReturnType<typeof refusalOf> {
  const refusal = refusalOf(error);
  if (!refusal || refusal.code === 401 || refusal.code >= 500) throw error;
  return refusal;
}

function unknownKind(plural: string): Finding {
  return {
    check,
    state: 'failed',
    message: `the cluster does not know ${plural}.${group} in version ${version}`,
    fix: 'Bring the definitions of this version: helm upgrade, where its chart has them (crds.install), else kubectl apply --filename crds/',
  };
}
