import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The key that came with a request, and in which header. */
export interface SentKey {
  readonly header: 'x-api-key' | 'x-goog-api-key' | 'bearer';
  readonly key: string;
}

/** Finds a request's key. Undefined: none came. */
export function sentKey(headers: IncomingHttpHeaders): SentKey | undefined {
  for (const header of ['x-api-key', 'x-goog-api-key'] as const) {
    const key = headers[header];
    if (typeof key === 'string') return { header, key };
  }
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return bearer === undefined ? undefined : { header: 'bearer', key: bearer };
}

/** What a log may tell of a key. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
