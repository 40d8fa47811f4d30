import { ApiError, ServerUnreachable, type AppendChunk, type Client } from '@verve/contract';

import type { Health } from './health.ts';
import type { CallResult, Meters } from './meters.ts';

/** Who wants to know how calls go. */
export interface Watching {
  readonly meters: Pick<Meters, 'callEnded' | 'chunkShipped'>;
  readonly health: Pick<Health, 'callEnded'>;
}

/** A client that tells how each of its calls went. */
export function watchClient(client: Client, { meters, health }: Watching): Client {
  async function watched<T>(
    name: string,
    input: { body?: unknown } | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      const answer = await call();
      ended(name, 'ok');
      if (name === 'appendLogs') shipped(input?.body as AppendChunk);
      return answer;
    } catch (error) {
      const result = resultOf(error);
      if (result !== undefined) ended(name, result);
      throw error;
    }
  }

  function ended(name: string, result: CallResult): void {
    meters.callEnded(name, result);
    health.callEnded(name, result === 'ok');
  }

  function shipped({ lines }: AppendChunk): void {
    meters.chunkShipped(
      lines.length,
      lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
    );
  }

  return {
    ...client,
    call: async (name, input) => watched(name, input, async () => client.call(name, input)),
    ask: async (name, input) => watched(name, input, async () => client.ask(name, input)),
  };
}

/** Undefined for a call that its own caller gave up. */
function resultOf(error: unknown): CallResult | undefined {
  if (error instanceof ApiError) return 'refused';
  return error instanceof ServerUnreachable ? 'unreachable' : undefined;
}
