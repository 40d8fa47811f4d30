import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type Client, type Registered, type RegisterWorkerInput } from '@verve/contract';
import type { Logger } from 'pino';

import { persist } from './retry.ts';

const occupiedMs = 5_000;

/** What registering takes. */
interface Registering {
  readonly client: Client;
  readonly body: RegisterWorkerInput;
  readonly logger: Logger;
}

/** Registers until the server answers; waits while another installation of the same name is alive. */
export async function register(registering: Registering, signal: AbortSignal): Promise<Registered> {
  const { body, logger } = registering;
  for (let isTold = false; ; isTold = true) {
    const registered = await registerOnce(registering, signal);
    if (registered) return registered;
    if (!isTold)
      logger.warn({ name: body.name }, 'another worker of this name is active; waiting for its end');
    await wait(occupiedMs, undefined, { signal });
  }
}

/** Undefined when another installation has the name. */
async function registerOnce(
  { client, body, logger }: Registering,
  signal: AbortSignal,
): Promise<Registered | undefined> {
  const ask = async (): Promise<Registered> => client.ask('registerWorker', { body, signal });
  try {
    return await persist({ call: 'register', logger }, ask, signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'AlreadyExists') return undefined;
    throw error;
  }
}
