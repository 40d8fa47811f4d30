import { limits } from '@verve/contract';

/** Longer than the server may hold a poll; what takes longer has lost its other end. */
const longestMs = (limits.pollSeconds + 15) * 1_000;

/** `fetch` that gives up on a server that has gone silent. */
export const boundedFetch: typeof fetch = async (input, init) => {
  const late = AbortSignal.timeout(longestMs);
  const signal = init?.signal ? AbortSignal.any([init.signal, late]) : late;
  return fetch(input, { ...init, signal });
};
