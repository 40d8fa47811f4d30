import type { Readable } from 'node:stream';

import { createClient, type Client } from '@verve/contract';

import { readEnvironment, readLogin, settleConnection, type Connection, type Environment } from './config.ts';
import { MissingKey } from './exit-codes.ts';
import type { RetryTimes } from './reconnecting.ts';
import { createPaint, type Paint, type Screen } from './terminal.ts';

/** What the program gets from outside. */
export interface Io {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly fetch: typeof fetch;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly retryTimes: RetryTimes;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The flags that every command has. */
export interface GlobalFlags {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly flags: GlobalFlags;
  readonly environment: Environment;
  /** Throws UsageError when a setting or the kept login is wrong; commands that call nothing do without. */
  readonly connection: Connection;
  readonly isJson: boolean;
  readonly paint: Paint;
  /** Throws MissingKey when there is no key. */
  client(): Client;
  /** A result for people; with --json nothing. */
  say(text: string): Promise<void>;
  /** A remark for people beside the result, on stderr; with --json nothing. */
  note(text: string): Promise<void>;
  /** The result for programs with --json, else what `lines` makes of it. */
  show(value: unknown, lines: () => readonly string[]): Promise<void>;
}

/** Puts together what a command works with. */
export async function createContext(io: Io, flags: GlobalFlags): Promise<Context> {
  const environment = readEnvironment(io.env);
  const connection = await settleOrThrowLater(flags, environment);
  const isJson = flags.json === true;
  const say = async (text: string): Promise<void> => {
    if (!isJson) await io.stdout.write(`${text}\n`);
  };
  return {
    io,
    flags,
    environment,
    get connection() {
      return connection();
    },
    isJson,
    paint: createPaint(io.stdout.isTty && environment.allowsColor),
    client: () => {
      const settled = connection();
      return createClient({ baseUrl: settled.url, key: keyOf(settled), fetch: io.fetch });
    },
    say,
    note: async (text) => {
      if (!isJson) await io.stderr.write(`${text}\n`);
    },
    show: async (value, lines) => {
      if (isJson) await io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else await say(lines().join('\n'));
    },
  };
}

/** What is wrong with a setting is thrown to whoever needs the connection: `logout` mends it without. */
async function settleOrThrowLater(flags: GlobalFlags, environment: Environment): Promise<() => Connection> {
  try {
    const connection = settleConnection(flags, environment, await readLogin(environment.loginFile));
    return () => connection;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function keyOf(connection: Connection): string {
  if (connection.key !== undefined) return connection.key;
  throw new MissingKey(
    `No key for ${connection.url}: set VERVE_KEY, pass --key or run "verve login"; ` +
      '"npm start" prints the admin key, and an admin makes others with "verve key create".',
  );
}
