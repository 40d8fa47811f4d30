import { EnvHttpProxyAgent, fetch } from 'undici';

import { readAccess, readSecret } from '../access.ts';
import { trustedAuthorities } from '../authorities.ts';
import type { PhaseInput } from '../config.ts';
import { PhaseFailed } from '../outcome.ts';
import type { Repetition } from '../retry.ts';
import { ForgeAway, ForgeLimited, ForgeRefused, pullRequestFailed } from './forge-errors.ts';
import { limitWaitMs } from './rate-limit.ts';

const longestMs = 30_000;
/** A call that has begun gets as much, though the time is nearly over. */
const shortestMs = 5_000;
const maxBodyBytes = 4 * 1024 * 1024;
const quotedLength = 500;

/** When calls end: in ms of `performance.now()`, a little more at most, and by the signal. */
export type CallBounds = Pick<Repetition, 'untilMs' | 'signal'>;

/** What every client of a forge sends. */
interface ForgeRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | undefined;
}

/** How a forge is reached, whatever speaks to it. */
export interface ForgeAccess {
  /** The base of the API, without a slash at its end. */
  readonly apiUrl: string;
  /** Reads the token, now: it may have changed since the last call. Throws PhaseFailed. */
  readonly token: () => string;
  /**
   * One call through the run's proxy, under its authorities. Redirects are not followed, so that the token stays with
   * the forge. Throws ForgeAway, ForgeLimited, ForgeRefused for every status but 2xx, and PhaseFailed when the forge
   * cannot be trusted.
   */
  readonly fetch: (url: URL, request: ForgeRequest, within: CallBounds) => Promise<Response>;
}

/** Makes the way to the run's forge. Throws PhaseFailed (`ConfigInvalid`) when the run lacks what it needs. */
export function createForgeAccess({ spec, accessFile, environment }: PhaseInput): ForgeAccess {
  const access = readAccess(accessFile);
  const { apiUrl } = spec.forge;
  const tokenFile = access.forgeTokenFile;
  if (apiUrl === undefined || tokenFile === undefined) {
    const lack = apiUrl === undefined ? 'apiUrl' : 'tokenFile';
    throw new PhaseFailed('ConfigInvalid', `the forge of ${spec.repository} has no ${lack}`);
  }
  const tls = { ca: [...trustedAuthorities(access.caFile)] };
  // Empty rather than absent: an absent one is looked up in the process's own environment.
  const dispatcher = new EnvHttpProxyAgent({
    httpsProxy: access.proxy ?? environment['HTTPS_PROXY'] ?? environment['https_proxy'] ?? '',
    httpProxy: access.proxy ?? '',
    noProxy: access.noProxy ?? environment['NO_PROXY'] ?? environment['no_proxy'] ?? '',
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
    allowH2: false,
  });

  return {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    token: () => secretOf(tokenFile),
    async fetch(url, { method = 'GET', headers = {}, body }, { untilMs, signal }) {
      const leftMs = Math.ceil(untilMs - performance.now());
      const timeoutMs = Math.min(longestMs, Math.max(shortestMs, leftMs));
      const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const answer = await fetch(url, {
          method,
          headers: { ...headers, 'user-agent': 'verve' },
          ...(body !== undefined && { body }),
          redirect: 'manual',
          signal: either,
          dispatcher,
        });
        return await readAnswer(answer, url.host);
      } catch (error) {
        signal.throwIfAborted();
        throw translated(error, url.host);
      }
    },
  };
}

function secretOf(file: string): string {
  try {
    return readSecret(file);
  } catch (error) {
    throw pullRequestFailed(error instanceof Error ? error.message : String(error), error);
  }
}

async function readAnswer(answer: Awaited<ReturnType<typeof fetch>>, host: string): Promise<Response> {
  const { status } = answer;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    if (size > maxBodyBytes) throw new ForgeAway(`${host} answered ${status} with more than is taken`);
    pieces.push(piece);
  }
  const said = Buffer.concat(pieces);
  const headers = new Headers([...answer.headers]);
  if (answer.ok) return new Response(said.length === 0 ? null : said, { status, headers });
  throw refusal({ status, headers, words: wordsOf(said.toString('utf8')) }, host);
}

function refusal(answer: { status: number; headers: Headers; words: string }, host: string): Error {
  const { status, headers, words } = answer;
  const waitMs = limitWaitMs(answer);
  if (waitMs !== undefined) return new ForgeLimited(`${host} takes no more calls for now: ${words}`, waitMs);
  if (status >= 500 || status === 429) return new ForgeAway(`${host} answered ${status}: ${words}`);
  return new ForgeRefused(status, words, headers);
}

/** What a forge says in a refusal: GitHub and Gitea in `message` and `errors`, GitLab in `message` or `error`. */
function wordsOf(said: string): string {
  let words = said;
  try {
    const { message, errors, error, error_description: description } = JSON.parse(said) as Words;
    words = [message, errors, error, description].flatMap((part) => flat(part)).join('; ');
  } catch {
    // Not JSON: the words as they are.
  }
  return words.replaceAll(/\s+/g, ' ').trim().slice(0, quotedLength);
}

interface Words {
  readonly message?: unknown;
  readonly errors?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

function flat(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part];
  if (Array.isArray(part)) return part.flatMap((each) => flat(each));
  if (typeof part !== 'object' || part === null) return part ? [JSON.stringify(part)] : [];
  if ('message' in part) return [String(part.message)];
  return Object.entries(part).map(([name, value]) => `${name} ${flat(value).join(', ')}`);
}

function translated(error: unknown, host: string): Error {
  const isOurs = error instanceof ForgeAway || error instanceof ForgeLimited;
  if (isOurs || error instanceof ForgeRefused || error instanceof PhaseFailed) return error;
  const reason = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  const message = reason instanceof Error ? reason.message : String(reason);
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  if (/CERT|ISSUER|ALTNAME|LEAF_SIGNATURE/.test(code)) {
    const where = "name its authority in the worker's network.caFile";
    return pullRequestFailed(`the TLS certificate of ${host} is not trusted (${code}); ${where}`, error);
  }
  return new ForgeAway(`${host} cannot be reached: ${message}`, { cause: error });
}
