import type { Cluster } from '../../kubernetes/cluster.ts';
import { within } from '../../kubernetes/cluster.ts';
import type { Warning } from './hindrance.ts';

/** What Kubernetes warns of about an object, oldest first. */
export async function warningsOf(
  { core, namespace }: Cluster,
  { kind, name }: { readonly kind: 'Job' | 'Pod'; readonly name: string },
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
  const { items } = await core.listNamespacedEvent({ namespace, fieldSelector }, within(signal));
  const timeOf = ({ lastTimestamp, eventTime }: (typeof items)[number]): number =>
    (lastTimestamp ?? eventTime ?? new Date(0)).valueOf();
  return items
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .map(({ reason = '', message = '' }) => ({ reason, message }));
}
