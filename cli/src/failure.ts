import { ApiError, ServerUnreachable, type ErrorDetail } from '@verve/contract';
import { CommanderError } from 'commander';

import {
  exitCodeOfError,
  exitCodes,
  MissingKey,
  NotNow,
  NotThere,
  UsageError,
  type ExitCode,
} from './exit-codes.ts';
import { plain } from './terminal.ts';

/** An error as it is told: in words, and to programs. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
}

/** Describes what went wrong. */
export function describeFailure(error: unknown): Failure {
  const exitCode = error instanceof CommanderError ? exitCodes.usage : exitCodeOfError(error);
  return {
    exitCode,
    code: codeOf(error),
    message: messageOf(error),
    details: error instanceof ApiError ? error.details : [],
  };
}

/**
 * A failure on stderr: one line with --json, else a sentence and a line per problem. The server's sentence of a
 * refused request lists the problems, too; each is told once.
 */
export function failureText(failure: Failure, isJson: boolean): string {
  if (isJson) {
    const { code, message, details } = failure;
    return `${JSON.stringify({ error: { code, message, ...(details.length > 0 && { details }) } })}\n`;
  }
  const isTold = failure.details.some((detail) => failure.message.includes(detail.message));
  if (isTold && failure.details.length === 1) return `verve: ${plain(failure.message)}\n`;
  const head = isTold ? 'the server refuses this:' : failure.message;
  const details = failure.details.map((detail) => `  ${detail.path || '(request)'}: ${detail.message}\n`);
  return `verve: ${plain(head)}\n${plain(details.join(''))}`;
}

function codeOf(error: unknown): string {
  if (error instanceof ApiError) return error.code;
  if (error instanceof ServerUnreachable) return 'Unavailable';
  if (error instanceof MissingKey) return 'Unauthenticated';
  if (error instanceof NotThere) return 'NotFound';
  if (error instanceof NotNow) return 'Conflict';
  if (error instanceof UsageError || error instanceof CommanderError) return 'InvalidArgument';
  return 'Internal';
}

function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '');
  if (error instanceof ApiError) return withAdvice(error);
  if (error instanceof ServerUnreachable)
    return `${error.message.replace(/\.$/, '')}. Is the server running? "verve doctor" tells more.`;
  if (error instanceof Error && exitCodeOfError(error) !== exitCodes.internal) return error.message;
  return `this is a bug in the CLI: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function withAdvice(error: ApiError): string {
  if (error.status === 401) return `${error.message} (check VERVE_KEY or --key, or run "verve login")`;
  return error.message;
}
