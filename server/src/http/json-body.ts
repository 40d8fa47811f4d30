import type { FastifyInstance } from 'fastify';

import { ServiceError } from '../service-error.ts';
import { toServiceError } from './errors.ts';

/** Levels of a body; the contract has no more than a handful. */
const deepest = 32;

/**
 * Reads JSON bodies only. An empty one is absent, whatever its content type says. `__proto__` is refused by the
 * parser; halves of surrogate pairs, which no database takes, become U+FFFD as bad UTF-8 does.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      done(refusal(`the body must not be compressed, and its content-encoding is ${encoding}`), undefined);
      return;
    }
    if (body === '') {
      done(null, undefined);
      return;
    }
    // The parser calls back at once; it is not a promise in spite of its type.
    void parse(request, body, (error, value) => {
      if (error) done(refusal(problemOf(body)), undefined);
      else if (mayHaveSurrogates(body)) mend(value, done);
      else done(null, value);
    });
  });
}

function refusal(message: string): ServiceError {
  return new ServiceError('InvalidArgument', message);
}

/** What the parser minds about a body that it refused. */
function problemOf(body: string): string {
  try {
    JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return `the body is not valid JSON: ${what.replace(/ is not valid JSON$/, '')}`;
  }
  return 'the body must not have the key "__proto__", nor "constructor" with "prototype" in it';
}

function mayHaveSurrogates(json: string): boolean {
  return /\\u[dD][89a-fA-F]/.test(json);
}

function mend(value: unknown, done: (error: Error | null, body: unknown) => void): void {
  let mended: unknown;
  try {
    mended = wellFormed(value, deepest);
  } catch (error) {
    done(toServiceError(error), undefined);
    return;
  }
  done(null, mended);
}

/** Throws InvalidArgument rather than go deeper than this, where the stack would end. */
function wellFormed(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (levels === 0) throw new ServiceError('InvalidArgument', 'the body is nested too deeply');
  if (Array.isArray(value)) return value.map((element) => wellFormed(element, levels - 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.toWellFormed(), wellFormed(field, levels - 1)]),
  );
}
