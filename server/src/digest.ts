import { createHash } from 'node:crypto';

/** SHA-256 in hex. */
export function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** SHA-256 of a JSON value, the same whatever the order of its keys. */
export function digest(value: unknown): string {
  return sha256(JSON.stringify(value, sortKeys));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
