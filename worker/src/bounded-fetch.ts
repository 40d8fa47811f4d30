import { limits, type ClientOptions } from '@verve/contract';

/** Longer than the server may hold a poll; what takes longer has lost its other end. */
const longestMs = (limits.pollSeconds + 15) * 1_000;

/** The same, but it gives up on a server that has gone silent. */
export function bounded(fetch: ClientOptions['fetch']): ClientOptions['fetch'] {
  return async (url, init) => {
    const late = AbortSignal.timeout(longestMs);
    const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
    return fetch(url, { ...init, signal });
  };
}
