import type { PhaseInput } from '../config.ts';
import { createForgeAccess, type CallBounds } from './forge-fetch.ts';

/** What a forge answered to a call that it granted. */
interface ForgeAnswer {
  readonly status: number;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
}

/** One call of a forge's API. */
export interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the base of the API, its parts escaped. */
  readonly path: string;
  readonly body?: object;
}

/** Calls the API of a forge that has no client of its own here. It throws what the fetch of ForgeAccess does. */
export type ForgeClient = (call: ForgeCall, within: CallBounds) => Promise<ForgeAnswer>;

/** Makes a client for the run's forge. `authorize` makes the header's value of a token, which is read at each call. */
export function createForgeClient(input: PhaseInput, authorize: (token: string) => string): ForgeClient {
  const access = createForgeAccess(input);
  return async ({ method, path, body }, within) => {
    const headers = {
      accept: 'application/json',
      authorization: authorize(access.token()),
      ...(body && { 'content-type': 'application/json' }),
    };
    const request = { method, headers, body: body && JSON.stringify(body) };
    const answer = await access.fetch(new URL(`${access.apiUrl}${path}`), request, within);
    return { status: answer.status, body: parseJson(await answer.text()) };
  };
}

function parseJson(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}
