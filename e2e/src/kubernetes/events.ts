import type { Kubectl } from './kubectl.ts';
import { objectNameOf, type AttemptOf } from './witnesses.ts';

/** What Kubernetes has told of an object. */
export interface ClusterEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
  /** When it was told first, to the second. */
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
}

/** What was told of an attempt's objects, oldest first. Events outlive what they are about. */
export async function eventsOf(kubectl: Kubectl, ref: AttemptOf): Promise<readonly ClusterEvent[]> {
  const { items } = await kubectl.get<{ readonly items: readonly ClusterEvent[] }>('events');
  return items
    .filter(({ involvedObject }) => involvedObject.name.startsWith(objectNameOf(ref)))
    .toSorted((a, b) => Date.parse(a.firstTimestamp) - Date.parse(b.firstTimestamp));
}

/** From the first event of one kind to the first of another; throws when there is none. */
export function secondsBetween(events: readonly ClusterEvent[], from: RegExp, to: RegExp): number {
  const [first, last] = [from, to].map((reason) => events.find((event) => reason.test(event.reason)));
  if (!first || !last) throw new Error(`no such events: ${events.map(({ reason }) => reason).join(', ')}`);
  return (Date.parse(last.firstTimestamp) - Date.parse(first.firstTimestamp)) / 1_000;
}
