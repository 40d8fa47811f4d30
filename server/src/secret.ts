import { randomBytes } from 'node:crypto';

import { sha256 } from './digest.ts';

/** A new key or token of 256 random bits, and what is kept of it. */
export function newSecret(prefix: string): { secret: string; hash: string } {
  const secret = prefix + randomBytes(32).toString('base64url');
  return { secret, hash: sha256(secret) };
}
