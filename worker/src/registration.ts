import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type Client, type Registered, type RegisterWorkerInput } from '@verve/contract';
import type { Logger } from 'pino';

import { persist } from './retry.ts';

const occupiedMs = 5_000;

/** Registers until the server answers; waits while another installation of the same name is alive. */
export async function register(
  client: Client,
  body: RegisterWorkerInput,
  logger: Logger,
  signal: AbortSignal,
): Promise<Registered> {
  for (let isTold = false; ; isTold = true) {
    try {
      const ask = async (): Promise<Registered> => client.ask('registerWorker', { body, signal });
      return await persist({ call: 'register', logger }, ask, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'AlreadyExists') throw error;
      if (!isTold)
        logger.warn({ name: body.name }, 'another worker of this name is active; waiting for its end');
      await wait(occupiedMs, undefined, { signal });
    }
  }
}
