import { ApiError, ServerUnreachable, type TaskStatus } from '@verve/contract';

/** What the exit code tells. Part of the interface: scripts rely on it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  canceled: 3,
  notAllowed: 4,
  notFound: 5,
  conflict: 6,
  away: 7,
  internal: 70,
  interrupted: 130,
} as const satisfies Record<string, number>;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The end of `verve --help`: how to begin, and the same for people. */
export const helpEnd = `
Begin with:
  verve doctor
  verve task create --follow "Add a greeting to the notes"

Exit codes:
  0  done; with --wait or --follow: the task completed
  1  the task failed, or doctor found a problem
  2  the command or an argument is wrong
  3  the task was canceled
  4  not allowed: the key is missing, wrong or has another role
  5  not found
  6  conflict: not possible in the present state
  7  the server is away or busy
  70  a fault of the CLI itself
  130  interrupted

Settings: flags, then VERVE_URL and VERVE_KEY, then what \`verve login\` saved.`;

/** How a task's state ends a command that waited for it; undefined while it has not ended. */
export function exitCodeOfStatus(status: TaskStatus): ExitCode | undefined {
  switch (status) {
    case 'completed':
      return exitCodes.ok;
    case 'failed':
      return exitCodes.failed;
    case 'canceled':
      return exitCodes.canceled;
    case 'pending':
    case 'running':
      return undefined;
    default:
      return status satisfies never;
  }
}

/** The command cannot be carried out as given; the message says what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** There is no key to call the server with. */
export class MissingKey extends Error {
  override readonly name = 'MissingKey';
}

/** What the command names is not there. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}

/** What the command asks for is not possible in the present state. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/** The exit code that an error ends the program with. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof MissingKey) return exitCodes.notAllowed;
  if (error instanceof NotThere) return exitCodes.notFound;
  if (error instanceof NotNow) return exitCodes.conflict;
  if (error instanceof ServerUnreachable) return exitCodes.away;
  if (error instanceof ApiError) return exitCodeOfHttp(error.status);
  return exitCodes.internal;
}

function exitCodeOfHttp(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  if (status === 409) return exitCodes.conflict;
  return status >= 500 || status === 429 || status === 408 ? exitCodes.away : exitCodes.usage;
}
