import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type Client, type Registered, type RegisterWorkerInput } from '@verve/contract';
import type { Logger } from 'pino';

import { persist } from './retry.ts';
import { nameFix, serverTrouble, type ServerPlace, type ServerTrouble } from './server-trouble.ts';

const occupiedMs = 5_000;

/** What registering takes. */
interface Registering {
  readonly client: Client;
  readonly body: RegisterWorkerInput;
  /** Where the server is, for words. */
  readonly settings: ServerPlace;
  readonly logger: Logger;
}

/** Registers until a server of Verve answers; waits while another installation of the same name is alive. */
export async function register(registering: Registering, signal: AbortSignal): Promise<Registered> {
  const { body, logger } = registering;
  for (let isTold = false; ; isTold = true) {
    const registered = await registerOnce(registering, signal);
    if (registered) return registered;
    if (!isTold)
      logger.warn(
        { name: body.name, fix: nameFix },
        'another worker of this name is active; waiting for its end',
      );
    await wait(occupiedMs, undefined, { signal });
  }
}

/** Undefined when another installation has the name. */
async function registerOnce(
  { client, body, settings, logger }: Registering,
  signal: AbortSignal,
): Promise<Registered | undefined> {
  const ask = async (): Promise<Registered> => client.ask('registerWorker', { body, signal });
  try {
    const explain = (reason: unknown): ServerTrouble => serverTrouble(reason, settings);
    return await persist({ call: 'register', logger, explain, mayPass: isAnothers }, ask, signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'AlreadyExists') return undefined;
    throw error;
  }
}

/** The address leads past the server: it may be that what leads there, or the server, is still being set up. */
function isAnothers({ code }: ApiError): boolean {
  return code === 'Unknown' || code === 'NotFound';
}
