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
  const { namespace, config } = cluster;
  const server = config.getCurrentCluster()?.server ?? '';
  try {
    const rights = await checkRights(cluster, signal);
    const found = [...(await checkKinds(cluster, signal)), ...rights];
    if (found.length > 0) return found;
    const place = await checkNamespace(cluster, signal);
    if (place) return [place];
  } catch (error) {
    signal.throwIfAborted();
    return [unreached(server, error)];
  }
  const message = `${server} lets the worker do its work in namespace ${namespace}`;
  return [{ check, state: 'ok', message }];
}

function unreached(server: string, error: unknown): Finding {
  const words = wordsOf(error);
  if (refusalOf(error)?.code === 401) {
    const fix = 'Give the worker a ServiceAccount with a token, or mend "kubernetes.kubeconfig".';
    return { check, state: 'failed', message: `${server} does not know who the worker is: ${words}`, fix };
  }
  const fix = 'Look at "kubernetes.kubeconfig", and whether the API server is reached from here.';
  return { check, state: 'failed', message: `${server} does not answer: ${words}`, fix };
}

interface Right extends Permission {
  readonly verb: string;
}

async function checkRights({ config, namespace }: Cluster, signal: AbortSignal): Promise<readonly Finding[]> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const rights = permissions.flatMap((one) => one.verbs.map((verb): Right => ({ ...one, verb })));
  const answers = rights.map(async (right): Promise<readonly Finding[]> => {
    const resourceAttributes = attributesOf(right, namespace);
    const body = { spec: { resourceAttributes } };
    const { status } = await api.createSelfSubjectAccessReview({ body }, within(signal));
    return status?.allowed ? [] : [missing(right, namespace)];
  });
  return (await Promise.all(answers)).flat();
}

function attributesOf({ group: of, resource, verb }: Right, namespace: string): V1ResourceAttributes {
  const [kind = '', subresource] = resource.split('/');
  return { namespace, group: of, resource: kind, verb, ...(subresource && { subresource }) };
}

function missing({ verb, resource, group: of, why }: Right, namespace: string): Finding {
  const rule = `{ apiGroups: ["${of}"], resources: ["${resource}"], verbs: ["${verb}"] }`;
  return {
    check,
    state: 'failed',
    message: `the worker may not ${verb} ${resource} in namespace ${namespace} (${why})`,
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

/** Asked by a Lease that is made for show: lists of a namespace that is not there are empty, and well. */
async function checkNamespace(
  { coordination, namespace }: Cluster,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const body = { metadata: { generateName: 'verve-check-' } };
  const call = coordination.createNamespacedLease({ namespace, body, dryRun: 'All' }, within(signal));
  const refusal = await call.then(() => undefined, refusalOrThrow);
  if (refusal?.code === 404) {
    const fix = `kubectl create namespace ${namespace}, or mend "kubernetes.namespace".`;
    return { check, state: 'failed', message: `there is no namespace ${namespace}`, fix };
  }
  if (!refusal?.message.includes('being terminated')) return undefined;
  const fix = 'Wait until it is gone, and make it anew.';
  return { check, state: 'failed', message: `namespace ${namespace} is being deleted`, fix };
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
    fix: 'Apply the definitions that come with this version: kubectl apply --filename crds/',
  };
}
