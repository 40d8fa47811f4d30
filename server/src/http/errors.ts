import type { Socket } from 'node:net';

import { bodyTooLarge, errorStatuses, limits, type ErrorBody, type ErrorCode } from '@verve/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { ServiceError } from '../service-error.ts';
import { StorageUnavailable } from '../storage/storage.ts';

/** Seconds after which a caller may try again when the database or the server itself is away. */
const retryAfterSeconds = 2;

/** The one place where an error becomes a status and a body. Whatever is not ours is told as `Internal` and no more. */
export function toServiceError(error: unknown, bodyLimit: number = limits.personBodyBytes): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof StorageUnavailable) {
    return new ServiceError('Unavailable', 'the database is not available; try again', { cause: error });
  }
  if (isFastifyError(error)) return fromFastify(error, bodyLimit);
  return new ServiceError('Internal', 'something went wrong on the server', { cause: error });
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && 'statusCode' in error;
}

/** What Fastify refuses with the whole path, or a part of it that says little. */
const paths: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['InvalidArgument', 'the path has a broken %-escape'],
  FST_ERR_MAX_PARAM_LENGTH: ['NotFound', 'there is no such call: a part of the path is too long for an id'],
};

function fromFastify(error: FastifyError, bodyLimit: number): ServiceError {
  const path = paths[error.code];
  if (path) return new ServiceError(...path);
  const status = error.statusCode ?? 500;
  if (status === 413) return new ServiceError('TooLarge', bodyTooLarge(bodyLimit));
  if (status === 415) {
    return new ServiceError('InvalidArgument', 'the body must be JSON, with content-type: application/json');
  }
  if (status === 404) return new ServiceError('NotFound', 'there is no such call');
  if (status >= 400 && status < 500) return new ServiceError('InvalidArgument', error.message);
  return new ServiceError('Internal', 'something went wrong on the server', { cause: error });
}

/** The body of an error. */
export function toErrorBody(error: ServiceError): ErrorBody {
  const { code, message, details, conflict } = error;
  return {
    error: {
      code,
      message,
      ...(details && details.length > 0 && { details: [...details] }),
      ...(conflict && { conflict }),
    },
  };
}

/** Answers with an error, and logs it, once, if it is the server's fault. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toServiceError(error, request.routeOptions.bodyLimit);
  const status = errorStatuses[refusal.code];
  if (status >= 500 && refusal.cause !== undefined) {
    const { id: requestId, method, routeOptions } = request;
    const facts = { err: refusal.cause, requestId, method, route: routeOptions.url };
    if (refusal.code === 'Internal') request.log.error(facts, 'call failed');
    else request.log.warn(facts, 'call refused');
  }
  if (refusal.code === 'Unavailable') reply.header('retry-after', String(retryAfterSeconds));
  if (refusal.code === 'Unauthenticated') reply.header('www-authenticate', 'Bearer');
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(toErrorBody(refusal)));
}

const clientErrors: Readonly<Record<string, readonly [number, string, ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'TooLarge', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    'InvalidArgument',
    'the request took too long to arrive',
  ],
};

/** Answers what is not even HTTP, on the bare socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase, code, message] = clientErrors[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'InvalidArgument' as const,
    'the request is not HTTP',
  ];
  const body = JSON.stringify(toErrorBody(new ServiceError(code, message)));
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
