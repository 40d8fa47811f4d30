import type { Conflict, ErrorCode, ErrorDetail } from '@verve/contract';

/** What a ServiceError carries besides its code and message. */
interface ServiceErrorParts {
  readonly details?: readonly ErrorDetail[];
  readonly conflict?: Conflict;
  readonly cause?: unknown;
}

/** A request is refused; the code decides the status, and the message goes to the caller as it is. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  readonly conflict: Conflict | undefined;

  constructor(code: ErrorCode, message: string, parts: ServiceErrorParts = {}) {
    super(message, { cause: parts.cause });
    this.code = code;
    this.details = parts.details;
    this.conflict = parts.conflict;
  }
}

/** The object does not exist, or not for this key. */
export function notFound(what: string): ServiceError {
  return new ServiceError('NotFound', `no such ${what}`);
}

/** One field of the request is wrong. */
export function invalid(path: string, message: string): ServiceError {
  return new ServiceError('InvalidArgument', `${path} ${message}`, { details: [{ path, message }] });
}

/** The state of things stands in the way; `conflict` tells a program what to do about it. */
export function conflictWith(conflict: Conflict, message: string): ServiceError {
  return new ServiceError('Conflict', message, { conflict });
}
