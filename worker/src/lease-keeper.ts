import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type AttemptRef, type Client } from '@verve/contract';
import type { Logger } from 'pino';

import { runName } from './executor.ts';
import { persist } from './retry.ts';

const byPerson = 'canceled by a person';

/** Who wants to know what the server says of an attempt. Each may be called any number of times. */
interface LeaseHolder {
  readonly ref: AttemptRef;
  /** The server no longer holds the attempt for this worker. */
  lost(): void;
  /** Somebody wants the attempt stopped; `why` is for people. */
  cancel(why: string): void;
}

/** Keeps the leases of all attempts in hand, with one heartbeat for all of them. */
export interface LeaseKeeper extends AsyncDisposable {
  /** Tells the holder from now on; in place of an earlier holder of the attempt. */
  hold(holder: LeaseHolder): void;
  /** Names a held attempt in every heartbeat from now on: call it once the journal has it. */
  name(ref: AttemptRef): void;
  release(ref: AttemptRef): void;
  /** Resolves when the server has answered a heartbeat that names everything named now. */
  confirm(signal: AbortSignal): Promise<void>;
  /** Hands a cancel that came by another way to its holder. Without a `why` it is a person's, told by the server. */
  cancel(ref: AttemptRef, why?: string): void;
}

/** What the keeper is made of. */
export interface LeaseKeeperOptions {
  readonly client: Client;
  /** The worker as the server knows it now. */
  readonly workerId: () => string;
  /** As the server asked at the last registration. */
  readonly heartbeatSeconds: () => number;
  /** The server does not know the worker any more: a new database, say. Resolves when it does again. */
  readonly register: (signal: AbortSignal) => Promise<unknown>;
  readonly logger: Logger;
}

/** Beats from now on until it is disposed of. */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { client, workerId, heartbeatSeconds, register, logger } = options;
  const holders = new Map<string, LeaseHolder>();
  const named = new Map<string, AttemptRef>();
  const disposal = new AbortController();

  async function beat(signal: AbortSignal): Promise<void> {
    try {
      await heartbeat(signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'NotFound') throw error;
      logger.warn('the server does not know this worker any more; registering again');
      await register(signal);
      await heartbeat(signal);
    }
  }

  async function heartbeat(signal: AbortSignal): Promise<void> {
    const running = [...named.values()].map(({ taskId, attempt }) => ({ taskId, attempt }));
    const answer = await client.ask('heartbeat', { params: { id: workerId() }, body: { running }, signal });
    for (const ref of answer.lost) holders.get(runName(ref))?.lost();
    for (const ref of answer.cancels) holders.get(runName(ref))?.cancel(byPerson);
  }

  async function confirm(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, disposal.signal]);
    await persist({ call: 'heartbeat', logger }, async () => beat(either), either);
  }

  async function beatInTime(): Promise<void> {
    try {
      await wait(heartbeatSeconds() * 1_000, undefined, { signal: disposal.signal });
      await confirm(disposal.signal);
    } catch (error) {
      if (!disposal.signal.aborted) logger.error({ err: error }, 'heartbeat refused');
    }
  }

  async function keepBeating(): Promise<void> {
    while (!disposal.signal.aborted) await beatInTime();
  }

  const beating = keepBeating();
  return {
    hold: (holder) => holders.set(runName(holder.ref), holder),
    name: (ref) => named.set(runName(ref), ref),
    release(ref) {
      holders.delete(runName(ref));
      named.delete(runName(ref));
    },
    confirm,
    cancel: (ref, why = byPerson) => holders.get(runName(ref))?.cancel(why),
    [Symbol.asyncDispose]: async () => {
      disposal.abort();
      await beating;
    },
  };
}
