import {
  api,
  basePath,
  bodyLimitOf,
  detailsOf,
  sentenceOf,
  type Answer,
  type Endpoint,
  type EndpointName,
  type ErrorDetail,
  type Parsed,
} from '@verve/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

import { ServiceError } from '../service-error.ts';
import { authorize, credentialOf, type Authenticator, type Caller } from './auth.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook that checks the key, before anything else of the request is looked at. */
    caller: Caller | undefined;
  }
}

/** One call: its parsed parts, who makes it, and the raw exchange for what streams. */
export type Call<E extends Endpoint> = Parsed<E> & {
  /** Undefined only where no key is needed. */
  readonly caller: E['role'] extends 'none' ? undefined : Caller;
  readonly request: FastifyRequest;
  /** To set headers or another of the call's statuses. */
  readonly reply: FastifyReply;
};

/** Does the work of one call. `undefined` answers 204, unless the reply was taken over; the reply itself: it was sent. */
type Handler<E extends Endpoint> = (call: Call<E>) => Promise<Answer<E> | FastifyReply | undefined>;

/** Adds the route of one row of the contract's table. */
export type Mount = <N extends EndpointName>(name: N, handler: Handler<(typeof api)[N]>) => void;

/** Mounts rows on an app: key and role first, then all parts parsed at once, then the handler. */
export function createMount(
  app: FastifyInstance,
  authenticator: Authenticator,
  publicUrl: string | undefined,
): Mount {
  app.decorateRequest('caller', undefined);

  return (name, handler) => {
    const endpoint: Endpoint = api[name];
    app.route({
      method: endpoint.method,
      url: basePath + endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      bodyLimit: bodyLimitOf(endpoint),
      exposeHeadRoute: false,
      onRequest: async (request) => {
        if (endpoint.role === 'none') return;
        const caller = await authenticator.identify(credentialOf(request));
        request.caller = authorize(caller, endpoint, { request, publicUrl });
      },
      handler: async (request, reply) => {
        const parsed = parseParts(endpoint, request);
        reply.code(endpoint.statuses[0]);
        const call = { ...parsed, caller: request.caller, request, reply };
        const answer = await handler(call as unknown as Call<(typeof api)[typeof name]>);
        if (reply.sent || answer === reply) return reply;
        return answer === undefined ? reply.code(204).send() : reply.send(answer);
      },
    });
  };
}

const noBody: ErrorDetail = { path: '', message: 'a JSON body is needed' };

type Part = 'params' | 'query' | 'headers' | 'body';

/** Every problem of every part at once. */
function parseParts(endpoint: Endpoint, request: FastifyRequest): Partial<Record<Part, unknown>> {
  const details: ErrorDetail[] = [];
  const parsed: Partial<Record<Part, unknown>> = {};
  const parts: Readonly<Record<Part, unknown>> = {
    params: request.params,
    query: request.query,
    headers: request.headers,
    body: request.body ?? (endpoint.isBodyOptional ? {} : undefined),
  };
  for (const part of ['params', 'query', 'headers', 'body'] as const) {
    const schema: z.ZodType | undefined = endpoint[part];
    const result = schema?.safeParse(parts[part], { error: sentenceOf });
    if (result?.success) parsed[part] = result.data;
    else if (result) details.push(...(parts[part] === undefined ? [noBody] : detailsOf(result.error)));
  }
  if (details.length > 0) throw refuse(details);
  return parsed;
}

/** How many problems one answer tells of: a chunk of 1,000 bad lines needs no 1,000 messages. */
const maxDetails = 50;

function refuse(details: readonly ErrorDetail[]): ServiceError {
  const summary = details.slice(0, 3).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  const more = details.length > 3 ? `; and ${details.length - 3} more` : '';
  return new ServiceError('InvalidArgument', `${summary.join('; ')}${more}`, {
    details: details.slice(0, maxDetails),
  });
}
