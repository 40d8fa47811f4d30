import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError, ServerUnreachable, type ServerEvent } from '@verve/contract';

import { readEvents } from './event-reader.ts';

/** How long to wait between tries, and for how long to try while nothing works. */
export interface RetryTimes {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly giveUpMs: number;
}

/** A stream that outlives its connections. */
export interface Reconnecting {
  /** Opens it after an event; called again after each break. A 204 says that there is no more. */
  readonly open: (lastEventId: string | undefined) => Promise<Response>;
  readonly lastEventId?: string | undefined;
  readonly times: RetryTimes;
  readonly now: () => number;
  /** Told when a connection is lost. */
  readonly onAway?: (error: Error) => void;
}

/** `open`: connected (again), nothing read yet. */
export type StreamItem = { readonly kind: 'open' } | { readonly kind: 'event'; readonly event: ServerEvent };

/**
 * Follows a stream, going on after the last event that came. The first connection must succeed, and so must one
 * within `giveUpMs` of each break; what trying again cannot mend is thrown at once. Ends with a 204: a server that
 * merely closes the stream is asked again.
 */
export async function* followStream(stream: Reconnecting, signal: AbortSignal): AsyncGenerator<StreamItem> {
  let { lastEventId } = stream;
  let awaySince: number | undefined;
  let waitMs = stream.times.firstMs;
  let hasOpened = false;

  /** Follows one connection as far as it goes; true when there is no more after it. */
  async function* followOnce(): AsyncGenerator<StreamItem, boolean> {
    try {
      await using opened = closing(await stream.open(lastEventId));
      const { response } = opened;
      if (response.status === 204) return true;
      hasOpened = true;
      awaySince = undefined;
      yield { kind: 'open' };
      for await (const event of readEvents(response, signal)) {
        lastEventId = event.id ?? lastEventId;
        waitMs = stream.times.firstMs;
        yield { kind: 'event', event };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!hasOpened || !canMend(error)) throw error;
      awaySince ??= stream.now();
      if (stream.now() - awaySince > stream.times.giveUpMs) throw error;
      stream.onAway?.(error);
    }
    return false;
  }

  while (!(yield* followOnce())) {
    await sleep(waitMs, undefined, { signal });
    waitMs = Math.min(waitMs * 2, stream.times.longestMs);
  }
}

function canMend(error: unknown): error is Error {
  return error instanceof ServerUnreachable || (error instanceof ApiError && error.isTransient);
}

/** Lets go of an answer that is not read to its end, so that its connection does not keep the program alive. */
function closing(response: Response): { response: Response } & AsyncDisposable {
  return {
    response,
    // One that is being read is locked, and its reader has let go of it.
    [Symbol.asyncDispose]: async () => response.body?.cancel().catch(() => undefined),
  };
}
