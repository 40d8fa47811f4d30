import type { Endpoint } from './api.ts';
import { limits } from './limits.ts';

const mebibyte = 1024 * 1024;

/** The largest body of a call, in bytes. */
export function bodyLimitOf({ role }: Pick<Endpoint, 'role'>): number {
  return role === 'worker' ? limits.bodyBytes : limits.personBodyBytes;
}

/** What is told about a body of more bytes than that. */
export function bodyTooLarge(limit: number): string {
  return `the body is too large: at most ${limit / mebibyte} MiB`;
}
