import { ApiError, ServerUnreachable, type Client } from '@verve/contract';

import type { Health } from './health.ts';
import type { CallResult, Meters } from './meters.ts';
import { serverTrouble, type ServerPlace } from './server-trouble.ts';

/** Who wants to know how calls go. */
export interface Watching {
  /** Where the server is, for words. */
  readonly settings: ServerPlace;
  readonly meters: Pick<Meters, 'callEnded'>;
  readonly health: Pick<Health, 'callEnded'>;
}

/** A client that tells how each of its calls went. */
export function watchClient(client: Client, { settings, meters, health }: Watching): Client {
  async function watched<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      ended(name, 'ok', undefined);
      return answer;
    } catch (error) {
      const result = resultOf(error);
      if (result !== undefined) ended(name, result, error);
      throw error;
    }
  }

  function ended(name: string, result: CallResult, error: unknown): void {
    meters.callEnded(name, result);
    health.callEnded(name, result === 'ok' ? undefined : sentencesOf(error));
  }

  function sentencesOf(error: unknown): string {
    const { message, fix } = serverTrouble(error, settings);
    return `${message}. ${fix}`;
  }

  return {
    ...client,
    call: async (name, input) => watched(name, async () => client.call(name, input)),
    ask: async (name, input) => watched(name, async () => client.ask(name, input)),
  };
}

/** Undefined for a call that its own caller gave up. */
function resultOf(error: unknown): CallResult | undefined {
  if (error instanceof ApiError) return 'refused';
  return error instanceof ServerUnreachable ? 'unreachable' : undefined;
}
