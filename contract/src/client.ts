import { z } from 'zod';

import { api, basePath, type Answer, type Endpoint, type EndpointName, type Given } from './api.ts';
import { bodyLimitOf, bodyTooLarge } from './body-limit.ts';
import { errorBody, errorStatuses, type Conflict, type ErrorCode, type ErrorDetail } from './errors.ts';

const utf8 = new TextEncoder();

/** What a client is made of. It does no I/O of its own: the caller hands it `fetch`. */
export interface ClientOptions {
  /** Of the server, without the base path: `http://localhost:8080`. */
  readonly baseUrl: string;
  /** Given, or asked for at each call. */
  readonly key: string | (() => string);
  readonly fetch: (url: string, init: ClientRequest) => Promise<Response>;
}

/** A request as the client makes it, in the words of `fetch`. */
export interface ClientRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly body?: string;
}

/** The parts of one request; `body` for a call that has one. */
export interface CallInput<E extends Endpoint> {
  readonly params?: Given<E, 'params'>;
  readonly query?: Given<E, 'query'>;
  readonly body?: Given<E, 'body'>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The server answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ErrorCode | 'Unknown';
  readonly details: readonly ErrorDetail[];
  readonly conflict: Conflict | undefined;
  /** From `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: unknown, retryAfter: string | null) {
    const parsed = errorBody.safeParse(body);
    const error = parsed.success ? parsed.data.error : undefined;
    super(error?.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = knownCode(error?.code);
    this.details = error?.details ?? [];
    this.conflict = error?.conflict;
    this.retryAfterSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  }

  /** The same call may succeed later: the server is busy, away or starting. */
  get isTransient(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** The server could not be reached, or its answer broke off; `cause` says how. Worth trying again. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
}

function knownCode(code: string | undefined): ErrorCode | 'Unknown' {
  const isKnown = (value: string): value is ErrorCode => Object.hasOwn(errorStatuses, value);
  return code !== undefined && isKnown(code) ? code : 'Unknown';
}

function fillPath(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])));
}

function queryString(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** The address of a call, for those that stream its answer themselves. */
export function callUrl<N extends EndpointName>(
  baseUrl: string,
  name: N,
  input: Pick<CallInput<(typeof api)[N]>, 'params' | 'query'> = {},
): string {
  const path = fillPath(api[name].path, input.params ?? {});
  return `${baseUrl.replace(/\/+$/, '')}${basePath}${path}${queryString(input.query ?? {})}`;
}

/** A typed caller of the API. */
export interface Client {
  /**
   * Makes one call and parses the answer; resolves to undefined on 204.
   * Throws ApiError when the server refuses, ServerUnreachable when there is no usable answer, and the signal's
   * reason when aborted. Never retries.
   */
  call<N extends EndpointName>(
    name: N,
    input?: CallInput<(typeof api)[N]>,
  ): Promise<Answer<(typeof api)[N]> | undefined>;
  /** The same, for calls that always have an answer; a 204 is then ServerUnreachable. */
  ask<N extends EndpointName>(
    name: N,
    input?: CallInput<(typeof api)[N]>,
  ): Promise<NonNullable<Answer<(typeof api)[N]>>>;
  /** Opens a streaming answer (`text/event-stream` or `text/plain`); the caller reads the body. Errors as in `call`. */
  open<N extends EndpointName>(name: N, input?: CallInput<(typeof api)[N]>): Promise<Response>;
}

/** The characters of a key; others would not even make a header, and the error would show them. */
const keyForm = /^[\x21-\x7e]+$/;

/** Says what is wrong with a key, as the end of a sentence that does not tell it; undefined when it may be one. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  return keyForm.test(key)
    ? undefined
    : 'has characters that no key has: a key is one line of printable ASCII without spaces';
}

/** Makes a client. Safe to use from many places at once. Throws TypeError for what can be no key, here or, where it is asked for, at a call. */
export function createClient(options: ClientOptions): Client {
  if (typeof options.key === 'string') checkKey(options.key);
  async function open<N extends EndpointName>(
    name: N,
    input: CallInput<(typeof api)[N]> = {},
  ): Promise<Response> {
    const response = await send(options, name, input);
    if (response.ok) return response;
    const body = await readJson(response, input.signal);
    throw new ApiError(response.status, body, response.headers.get('retry-after'));
  }

  async function call<N extends EndpointName>(
    name: N,
    input: CallInput<(typeof api)[N]> = {},
  ): Promise<Answer<(typeof api)[N]> | undefined> {
    const response = await open(name, input);
    const endpoint: Endpoint = api[name];
    const body = await readJson(response, input.signal);
    if (response.status === 204 || !endpoint.response) return undefined;
    const parsed = endpoint.response.safeParse(body);
    if (!parsed.success) {
      throw new ServerUnreachable(`the answer to ${name} is not as agreed: ${z.prettifyError(parsed.error)}`);
    }
    return parsed.data as Answer<(typeof api)[N]>;
  }

  async function ask<N extends EndpointName>(
    name: N,
    input: CallInput<(typeof api)[N]> = {},
  ): Promise<NonNullable<Answer<(typeof api)[N]>>> {
    const answer = await call(name, input);
    if (answer === undefined || answer === null)
      throw new ServerUnreachable(`the answer to ${name} was empty`);
    return answer;
  }

  return { open, call, ask };
}

function keyOf({ key }: ClientOptions): string {
  return typeof key === 'string' ? key : checkKey(key());
}

/** Throws TypeError for what can be no key. */
function checkKey(key: string): string {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new TypeError(`the key ${problem}`);
  return key;
}

async function send<N extends EndpointName>(
  options: ClientOptions,
  name: N,
  input: CallInput<(typeof api)[N]>,
): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${keyOf(options)}`, ...input.headers };
  const body = input.body === undefined ? undefined : JSON.stringify(input.body);
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    refuseTooLarge(body, bodyLimitOf(api[name]));
  }
  const init: ClientRequest = {
    method: api[name].method,
    headers,
    ...(input.signal && { signal: input.signal }),
    ...(body !== undefined && { body }),
  };
  try {
    return await options.fetch(callUrl(options.baseUrl, name, input), init);
  } catch (error) {
    input.signal?.throwIfAborted();
    throw new ServerUnreachable(`cannot reach ${options.baseUrl}: ${describe(error)}`, { cause: error });
  }
}

/** A server that refuses a body closes the connection, which may be all that the sender sees of it. */
function refuseTooLarge(body: string, limit: number): void {
  if (utf8.encode(body).length <= limit) return;
  throw new ApiError(
    errorStatuses.TooLarge,
    { error: { code: 'TooLarge', message: bodyTooLarge(limit) } },
    null,
  );
}

async function readJson(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ServerUnreachable(`the answer broke off: ${describe(error)}`, { cause: error });
  }
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    if (!response.ok) return undefined;
    throw new ServerUnreachable('the answer is not JSON; is this the address of a Verve server?', {
      cause: error,
    });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
