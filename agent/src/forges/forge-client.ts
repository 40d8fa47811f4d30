import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';

import { readAccess, readSecret } from '../access.ts';
import { trustedAuthorities } from '../authorities.ts';
import type { PhaseInput } from '../config.ts';
import { PhaseFailed } from '../outcome.ts';
import type { Repetition } from '../retry.ts';

const longestMs = 30_000;
/** A call that has begun gets as much, though the time is nearly over. */
const shortestMs = 5_000;
const maxBodyBytes = 4 * 1024 * 1024;
const quotedLength = 500;

/** The forge did not answer, or said that it cannot now; it may in a moment. */
export class ForgeAway extends Error {
  override readonly name = 'ForgeAway';
}

/** What a forge answered, whatever it was. */
export interface ForgeAnswer {
  readonly status: number;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
  /** The forge's own words, of a bounded length. */
  readonly words: string;
}

/** One call of a forge's API. */
interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the base of the API, its parts escaped. */
  readonly path: string;
  readonly body?: object;
}

/**
 * Calls a forge's API. Redirects are not followed, so that the token stays with the forge. Throws ForgeAway, and
 * PhaseFailed when the forge cannot be trusted or the token cannot be read.
 */
export type ForgeClient = (call: ForgeCall, within: CallBounds) => Promise<ForgeAnswer>;

/** When calls end: in ms of `performance.now()`, a little more at most, and by the signal. */
type CallBounds = Pick<Repetition, 'untilMs' | 'signal'>;

/** Makes a client for the run's forge. `authorize` makes the header's value of a token, which is read at each call. */
export function createForgeClient(
  { spec, accessFile, environment }: PhaseInput,
  authorize: (token: string) => string,
): ForgeClient {
  const access = readAccess(accessFile);
  const { apiUrl } = spec.forge;
  const tokenFile = access.forgeTokenFile;
  if (apiUrl === undefined || tokenFile === undefined) {
    const lack = apiUrl === undefined ? 'apiUrl' : 'tokenFile';
    throw new PhaseFailed('ConfigInvalid', `the forge of ${spec.repository} has no ${lack}`);
  }
  const proxyEnv = {
    HTTPS_PROXY: access.proxy ?? environment['HTTPS_PROXY'] ?? environment['https_proxy'],
    HTTP_PROXY: access.proxy,
    NO_PROXY: access.noProxy ?? environment['NO_PROXY'] ?? environment['no_proxy'],
  };
  const options = new URL(apiUrl).protocol === 'https:' && { ca: [...trustedAuthorities(access.caFile)] };
  const agent = options ? new HttpsAgent({ proxyEnv, ...options }) : new HttpAgent({ proxyEnv });
  const send = options ? requestHttps : requestHttp;

  return async ({ method, path, body }, { untilMs, signal }) => {
    const headers = {
      accept: 'application/json',
      'user-agent': 'verve',
      authorization: authorize(secretOf(tokenFile)),
      ...(body && { 'content-type': 'application/json' }),
    };
    const url = new URL(`${apiUrl.replace(/\/$/, '')}${path}`);
    const leftMs = Math.ceil(untilMs - performance.now());
    const timeoutMs = Math.min(longestMs, Math.max(shortestMs, leftMs));
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = send(url, { method, headers, agent, signal: either }, resolve);
        request.once('error', reject);
        request.end(body && JSON.stringify(body));
      });
      return await readAnswer(answer, url.host);
    } catch (error) {
      signal.throwIfAborted();
      throw translated(error, url.host);
    }
  };
}

function secretOf(file: string): string {
  try {
    return readSecret(file);
  } catch (error) {
    throw new PhaseFailed('PullRequestFailed', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

async function readAnswer(answer: IncomingMessage, host: string): Promise<ForgeAnswer> {
  const { statusCode: status = 0 } = answer;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer) {
    size += piece.length;
    if (size > maxBodyBytes) throw new ForgeAway(`${host} answered ${status} with more than is taken`);
    pieces.push(piece);
  }
  const said = Buffer.concat(pieces).toString('utf8');
  const body = parseJson(said);
  const words = wordsOf(body) ?? said.slice(0, quotedLength);
  if (status >= 500 || status === 429) throw new ForgeAway(`${host} answered ${status}: ${words}`);
  return { status, body, words };
}

function parseJson(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

function wordsOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return String(body.message).slice(0, quotedLength);
}

function translated(error: unknown, host: string): Error {
  if (error instanceof ForgeAway || error instanceof PhaseFailed) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|ISSUER|ALTNAME/.test(code)) {
    return new PhaseFailed(
      'PullRequestFailed',
      `the TLS certificate of ${host} is not trusted (${code}); name its authority in the worker's network.caFile`,
      { cause: error },
    );
  }
  return new ForgeAway(`${host} cannot be reached: ${message}`, { cause: error });
}
