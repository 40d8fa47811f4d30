import { V1MicroTime, type V1Lease, type V1LeaseSpec, type V1ObjectMeta } from '@kubernetes/client-node';

import { ifThere, refusalOf, wordsOf } from './api-error.ts';
import { within, type Cluster } from './cluster.ts';
import { group, labels } from './run-objects.ts';

const instanceKey = `${group}/instance`;
const conflict = 409;
const named = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

/** The fields of a class of the client. */
type Plain<T> = { [Key in keyof T]: T[Key] };

/** Who holds an installation's Lease, and as what. */
export interface LeaseClaim {
  /** The Lease's name, and the value of its label. */
  readonly installation: string;
  /** This process alone. */
  readonly holder: string;
  readonly seconds: number;
}

/** The Lease of an installation. Errors are in words for people. */
export interface Leases {
  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<V1Lease | undefined>;
  /** Takes or renews what was read. Undefined when somebody has written it since. */
  hold(found: V1Lease | undefined, signal: AbortSignal): Promise<V1Lease | undefined>;
  /** Lets go what is held, unless somebody has written it since. */
  release(held: V1Lease, signal: AbortSignal): Promise<void>;
}

/** A claim's Lease in the API server. */
export function createLeases(
  cluster: Pick<Cluster, 'coordination' | 'namespace'>,
  claim: LeaseClaim,
): Leases {
  const { coordination, namespace } = cluster;
  const name = claim.installation;

  async function write(body: V1Lease, signal: AbortSignal): Promise<V1Lease | undefined> {
    const isNew = body.metadata?.resourceVersion === undefined;
    try {
      return isNew
        ? await coordination.createNamespacedLease({ namespace, body }, within(signal))
        : await coordination.replaceNamespacedLease({ namespace, name, body }, within(signal));
    } catch (error) {
      const code = refusalOf(error)?.code;
      if (code === conflict || (code === 404 && !isNew)) return undefined;
      throw inWords(error);
    }
  }

  return {
    read: async (signal) => readLease(cluster, name, signal),
    hold: async (found, signal) => write(heldBy(claim, found), signal),
    async release(held, signal) {
      const { holderIdentity: _holder, ...spec } = held.spec ?? {};
      await write({ ...named, metadata: held.metadata ?? {}, spec }, signal);
    },
  };
}

/** An installation's Lease; undefined when there is none. Errors are in words for people. */
export async function readLease(
  { coordination, namespace }: Pick<Cluster, 'coordination' | 'namespace'>,
  installation: string,
  signal: AbortSignal,
): Promise<V1Lease | undefined> {
  try {
    return await ifThere(coordination.readNamespacedLease({ namespace, name: installation }, within(signal)));
  } catch (error) {
    throw inWords(error);
  }
}

/** Removes a Lease as it was read, or one that is gone. False when somebody has written it since; it stays then. */
export async function removeLease(
  { coordination, namespace }: Pick<Cluster, 'coordination' | 'namespace'>,
  { metadata }: V1Lease,
  signal: AbortSignal,
): Promise<boolean> {
  const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
  const body = { preconditions: { uid, resourceVersion } };
  try {
    await ifThere(coordination.deleteNamespacedLease({ namespace, name, body }, within(signal)));
    return true;
  } catch (error) {
    if (refusalOf(error)?.code === conflict) return false;
    throw inWords(error);
  }
}

/** The installation's identity, which outlives its processes. */
export function instanceOf(lease: V1Lease): string {
  return lease.metadata?.annotations?.[instanceKey] ?? '';
}

function heldBy({ installation, holder, seconds }: LeaseClaim, found: V1Lease | undefined): V1Lease {
  const metadata: Plain<V1ObjectMeta> = found?.metadata ?? {};
  const spec: Plain<V1LeaseSpec> = found?.spec ?? {};
  const isOwn = spec.holderIdentity === holder;
  const now = new V1MicroTime();
  const { acquireTime = now, leaseTransitions = 0 } = spec;
  return {
    ...named,
    metadata: {
      ...metadata,
      name: installation,
      labels: { ...metadata.labels, [labels.installation]: installation },
      annotations: { [instanceKey]: crypto.randomUUID(), ...metadata.annotations },
    },
    spec: {
      ...spec,
      holderIdentity: holder,
      leaseDurationSeconds: seconds,
      acquireTime: isOwn ? acquireTime : now,
      renewTime: now,
      leaseTransitions: isOwn || !found ? leaseTransitions : leaseTransitions + 1,
    },
  };
}

/** The client's own words have the whole answer with its headers. */
function inWords(error: unknown): Error {
  return new Error(`the Lease is out of reach: ${wordsOf(error)}`);
}
