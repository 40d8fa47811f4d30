import type { Cluster } from '../../kubernetes/cluster.ts';
import { within } from '../../kubernetes/cluster.ts';
import { earlyReasons, type Warning } from './hindrance.ts';

/** The kubelet comes to a pod's images once its volumes and its sandbox are there. */
const laterReasons = new Set(['Pulling', 'Pulled', 'Created', 'Started']);

/** What Kubernetes warns of about an object, oldest first; not what was overcome since. */
export async function warningsOf(
  { core, namespace }: Cluster,
  { kind, name }: { readonly kind: 'Job' | 'Pod'; readonly name: string },
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const { items } = await core.listNamespacedEvent({ namespace, fieldSelector }, within(signal));
  const timeOf = ({ lastTimestamp, eventTime }: (typeof items)[number]): number =>
    (lastTimestamp ?? eventTime ?? new Date(0)).valueOf();
  const told = items
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .map(({ type = '', reason = '', message = '' }) => ({ type, reason, message }));
  return standing(told);
}

/** The warnings among an object's events that still hold. An event stays for an hour, whatever became of it. */
export function standing(events: readonly (Warning & { readonly type: string })[]): readonly Warning[] {
  const isLater = events.some(({ reason }) => laterReasons.has(reason));
  return events
    .filter(({ type, reason }) => type === 'Warning' && !(isLater && earlyReasons.has(reason)))
    .map(({ reason, message }) => ({ reason, message }));
}
