import { hostname } from 'node:os';

import type { V1Lease } from '@kubernetes/client-node';
import type { Logger } from 'pino';

import { insist, type Insisting } from './insist.ts';
import type { Installation } from './installation.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import { createLeases, instanceOf, type Leases } from './kubernetes/leases.ts';
import { pause } from './pause.ts';
import { uptimeMs } from './uptime.ts';

const answerMs = 5_000;

/** Times of the Lease. */
export interface LeaseTimes {
  /** A holder that has not renewed it for that long holds nothing any more; at least 1. */
  readonly leaseSeconds: number;
  readonly renewMs: number;
  /** Between two looks of who waits, and between two tries after a failure. */
  readonly lookMs: number;
  /** Between two tries to take it after trouble. */
  readonly troubleMs: number;
}

const usualTimes: LeaseTimes = { leaseSeconds: 30, renewMs: 5_000, lookMs: 1_000, troubleMs: 2_000 };

/** What the Lease is held with. */
export interface InstallationLeaseOptions {
  readonly cluster: Pick<Cluster, 'coordination' | 'namespace'>;
  /** The Lease's name. */
  readonly installation: string;
  readonly times?: LeaseTimes;
  /** Called once when another process is active, with who that is. */
  readonly standBy?: (holder: string) => void;
  /** Called with each failure to take it. */
  readonly troubled?: (error: unknown) => void;
  readonly logger: Logger;
}

/** The Lease in this process's hand. */
export interface InstallationLease extends Installation {
  /** What the Lease calls this process. */
  readonly holder: string;
}

interface Held {
  readonly lease: V1Lease;
  /** When the request that wrote it was sent: nobody else counts from before that. */
  readonly atMs: number;
}

/**
 * Waits until no other process of the installation is active, however long the API server takes, then holds its Lease.
 * Whether a holder still renews it is judged by this machine's clock alone, since clocks differ. `lost` is aborted when the
 * Lease could not be renewed in time, before anybody may take it, or when another one has it.
 */
export async function holdLease(
  options: InstallationLeaseOptions,
  signal: AbortSignal,
): Promise<InstallationLease> {
  const { cluster, installation, times = usualTimes, standBy, troubled, logger } = options;
  const holder = `${hostname()}_${crypto.randomUUID()}`;
  const leases = createLeases(cluster, { installation, holder, seconds: times.leaseSeconds });
  const holding: Holding = { leases, holder, times, standBy, troubled, logger };
  const first = await untilHeld(holding, signal);
  const end = new AbortController();
  const lost = new AbortController();
  const renewing = keepRenewing(holding, first, { lost, end: end.signal });
  return {
    holder,
    instance: instanceOf(first.lease),
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      end.abort();
      const last = await renewing;
      if (lost.signal.aborted) return;
      await leases.release(last, AbortSignal.timeout(answerMs)).catch((error: unknown) => {
        logger.warn({ err: error }, 'the Lease cannot be let go; it ends by itself');
      });
    },
  };
}

interface Holding {
  readonly leases: Leases;
  readonly holder: string;
  readonly times: LeaseTimes;
  readonly standBy: ((holder: string) => void) | undefined;
  readonly troubled: ((error: unknown) => void) | undefined;
  readonly logger: Logger;
}

async function untilHeld(
  { leases, holder, times, standBy, troubled, logger }: Holding,
  signal: AbortSignal,
): Promise<Held> {
  const { lookMs, troubleMs: pauseMs } = times;
  let seen = { life: '', atMs: uptimeMs() };
  let isTold = false;

  async function look(): Promise<Held | undefined> {
    const found = await leases.read(signal);
    const { holderIdentity: by, renewTime, leaseDurationSeconds = times.leaseSeconds } = found?.spec ?? {};
    const life = `${by} ${String(renewTime)}`;
    const atMs = uptimeMs();
    if (life !== seen.life) seen = { life, atMs };
    const isSilent = atMs - seen.atMs >= leaseDurationSeconds * 1_000;
    if (!by || by === holder || isSilent) {
      const lease = await leases.hold(found, signal);
      return lease && { lease, atMs };
    }
    if (!isTold) {
      logger.warn({ holder: by }, 'another worker of this installation is active; waiting for its end');
      standBy?.(by);
    }
    isTold = true;
    return undefined;
  }

  const insisting: Insisting = {
    step: 'take the Lease',
    pauseMs,
    logger,
    troubled: (_failures, error) => troubled?.(error),
  };
  for (;;) {
    const held = await insist(insisting, look, signal);
    if (held) return held;
    await pause(lookMs, signal);
  }
}

interface Ends {
  readonly lost: AbortController;
  readonly end: AbortSignal;
}

/** Renews until the end, or the loss, and gives the Lease as it was written last. */
async function keepRenewing(
  { leases, holder, times, logger }: Holding,
  first: Held,
  { lost, end }: Ends,
): Promise<V1Lease> {
  const { leaseSeconds, renewMs, lookMs } = times;
  const { annotations = {} } = first.lease.metadata ?? {};
  let lease = first.lease;
  let renewedAtMs = first.atMs;
  const leftMs = (): number => renewedAtMs + leaseSeconds * 1_000 - renewMs - uptimeMs();

  /** Gives how long to wait for the next time. */
  async function renew(): Promise<number> {
    const signal = AbortSignal.timeout(Math.ceil(Math.max(0, Math.min(answerMs, leftMs()))));
    const atMs = uptimeMs();
    const written = await leases.hold(lease, signal);
    if (written) {
      [lease, renewedAtMs] = [written, atMs];
      return renewMs;
    }
    lease = (await leases.read(signal)) ?? { metadata: { annotations } };
    const by = lease.spec?.holderIdentity;
    if (by && by !== holder) lost.abort(new Error(`another worker has the Lease of the installation: ${by}`));
    return 0;
  }

  for (let waitMs = renewMs; !end.aborted && !lost.signal.aborted;) {
    await pause(Math.max(0, Math.min(waitMs, leftMs())), end);
    if (end.aborted) break;
    if (leftMs() <= 0) {
      lost.abort(new Error('the Lease of the installation could not be renewed in time'));
      break;
    }
    waitMs = await renew().catch((error: unknown) => {
      logger.warn({ err: error }, 'the Lease cannot be renewed; trying again');
      return lookMs;
    });
  }
  return lease;
}
