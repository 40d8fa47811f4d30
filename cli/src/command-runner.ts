import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** What a command does; nothing returned is exit code 0. */
export type Handler<A extends readonly unknown[]> = (
  context: Context,
  ...args: A
) => Promise<ExitCode | undefined | void>;

/** Turns a handler into an action: its arguments, then its options. */
export type Runner = <A extends readonly unknown[]>(
  handler: Handler<A>,
) => (...args: unknown[]) => Promise<void>;
