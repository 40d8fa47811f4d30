import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { defaultPort, keyProblem } from '@verve/contract';
import { z } from 'zod';

import { UsageError } from './exit-codes.ts';

/** What the CLI takes from the environment. */
export interface Environment {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** Where `verve login` keeps address and key. */
  readonly loginFile: string;
  /** How the CLI was called, for the commands that it names. */
  readonly program: 'verve' | 'npx verve';
  /** False where the terminal or NO_COLOR asks for none. */
  readonly allowsColor: boolean;
}

const login = z.object({ url: z.string(), key: z.string() });
/** What `verve login` keeps. */
export type Login = z.infer<typeof login>;

/** Where a setting came from, for people who wonder. */
type Origin = 'flag' | 'environment' | 'login' | 'default';

/** The server to call and the key to call it with. */
export interface Connection {
  readonly url: string;
  readonly urlOrigin: Origin;
  readonly key?: string | undefined;
}

/** Reads the environment; the only place that knows its variables. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const configHome = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return {
    url: env['VERVE_URL'] || undefined,
    key: env['VERVE_KEY'] || undefined,
    loginFile: join(configHome, 'verve', 'login.json'),
    program: env['npm_lifecycle_event'] === 'npx' ? 'npx verve' : 'verve',
    allowsColor: !env['NO_COLOR'] && env['TERM'] !== 'dumb',
  };
}

/** What was saved; undefined when nobody logged in. */
export async function readLogin(file: string): Promise<Login | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new UsageError(`cannot read ${file}: ${String(error)}`, { cause: error });
  }
  try {
    return login.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${file} is damaged: run "verve logout", then "verve login"`, { cause: error });
  }
}

/** Saves address and key, readable by this user alone. */
export async function writeLogin(file: string, value: Login): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

/** Forgets what was saved; false when nothing was. */
export async function removeLogin(file: string): Promise<boolean> {
  try {
    await rm(file);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Settles which server and key to use. A saved key goes to the server that it was saved for and to no other. */
export function settleConnection(
  flags: { readonly url?: string | undefined; readonly key?: string | undefined },
  environment: Environment,
  saved: Login | undefined,
): Connection {
  const { url, urlOrigin } = settleUrl(flags.url, environment.url, saved?.url);
  const savedKey = saved !== undefined && saved.url === url ? saved.key : undefined;
  return { url, urlOrigin, key: settleKey(flags.key, environment.key, savedKey) };
}

function settleKey(
  flag: string | undefined,
  environment: string | undefined,
  saved: string | undefined,
): string | undefined {
  if (flag !== undefined) return checkKey(flag, '--key');
  if (environment !== undefined) return checkKey(environment, 'VERVE_KEY');
  return saved === undefined ? undefined : checkKey(saved, 'the key that "verve login" kept');
}

/** Returns a key that can stand in a header. Throws UsageError that names its origin and never the key. */
export function checkKey(value: string, origin: string): string {
  const problem = keyProblem(value);
  if (problem !== undefined) throw new UsageError(`${origin} ${problem}`);
  return value;
}

function settleUrl(
  flag: string | undefined,
  environment: string | undefined,
  saved: string | undefined,
): { url: string; urlOrigin: Origin } {
  if (flag !== undefined) return { url: checkUrl(flag, '--url'), urlOrigin: 'flag' };
  if (environment !== undefined) return { url: checkUrl(environment, 'VERVE_URL'), urlOrigin: 'environment' };
  if (saved !== undefined) return { url: saved, urlOrigin: 'login' };
  return { url: `http://localhost:${defaultPort}`, urlOrigin: 'default' };
}

function checkUrl(value: string, name: string): string {
  const parsed = URL.parse(value);
  if (parsed && (parsed.username !== '' || parsed.password !== ''))
    throw new UsageError(`${name} must be without user and password; the key goes into --key or VERVE_KEY`);
  if (parsed && /^https?:$/.test(parsed.protocol)) return value.replace(/\/+$/, '');
  throw new UsageError(`${name} must be an http or https address, such as http://localhost:${defaultPort}`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
