import type { FastifyInstance } from 'fastify';

/**
 * Reads JSON bodies only. An empty one is absent, whatever its content type says. `__proto__` is refused by the
 * parser; halves of surrogate pairs, which no database takes, become U+FFFD as bad UTF-8 does.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') {
      done(null, undefined);
      return;
    }
    // The parser calls back at once; it is not a promise in spite of its type.
    void parse(request, body, (error, value) => {
      if (error) done(error, undefined);
      else done(null, mayHaveSurrogates(body) ? wellFormed(value) : value);
    });
  });
}

function mayHaveSurrogates(json: string): boolean {
  return /\\u[dD][89a-fA-F]/.test(json);
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.toWellFormed(), wellFormed(field)]),
  );
}
