import { pino } from 'pino';

import { holdLease, type LeaseTimes } from '../../installation-lease.ts';
import { openCluster } from '../../kubernetes/cluster.ts';

// lease-holder <options as JSON>: holds a Lease until SIGTERM, and says so in lines of JSON.

/** What the program is told. */
export interface LeaseHolderOptions {
  readonly namespace: string;
  /** Absent: the usual one. */
  readonly kubeconfig?: string;
  readonly installation: string;
  readonly times: LeaseTimes;
}

/** What the program says: that it holds the Lease, and that it has lost it. */
export type LeaseHolderLine =
  | { readonly kind: 'held'; readonly instance: string }
  | { readonly kind: 'lost'; readonly why: string };

const say = (line: LeaseHolderLine): unknown => process.stdout.write(`${JSON.stringify(line)}\n`);
const [argument] = process.argv.slice(2);
if (argument !== undefined && import.meta.main) {
  const { namespace, kubeconfig, ...options } = JSON.parse(argument) as LeaseHolderOptions;
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const logger = pino({ level: 'silent' });
  await using lease = await holdLease(
    { cluster: openCluster({ namespace, kubeconfig }), ...options, logger },
    stop.signal,
  );
  say({ kind: 'held', instance: lease.instance });
  const ended = AbortSignal.any([stop.signal, lease.lost]);
  // A listener alone keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve));
  clearInterval(alive);
  if (lease.lost.aborted) say({ kind: 'lost', why: String(lease.lost.reason) });
}
