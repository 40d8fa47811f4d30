import { ApiError, type Project, type Session, type Worker } from '@verve/contract';

import type { Context } from './context.ts';
import { MissingKey } from './exit-codes.ts';

/** What one check found, and how to mend it. */
export interface Finding {
  readonly check: 'server' | 'ready' | 'key' | 'project' | 'workers';
  readonly state: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly fix?: string;
}

/** Checks what a task needs, in the order in which it needs it; stops where the rest cannot be told. */
export async function diagnose(context: Context, cliVersion: string): Promise<Finding[]> {
  const { program } = context.environment;
  const server = await checkServer(context, cliVersion);
  if (server.state === 'failed') return [server];
  const ready = await checkReady(context);
  const { finding: key, session } = await checkKey(context);
  if (session === undefined) return [server, ready, key];
  if (session.role === 'worker') return [server, ready, key];
  const [{ projects }, { workers }] = await Promise.all([
    context.client().ask('listProjects', { signal: context.io.signal }),
    context.client().ask('listWorkers', { query: {}, signal: context.io.signal }),
  ]);
  return [server, ready, key, judgeProjects(projects, program), judgeWorkers(workers, program)];
}

async function checkServer(context: Context, cliVersion: string): Promise<Finding> {
  const { url, urlOrigin } = context.connection;
  try {
    const response = await ask(context, '/healthz');
    const version = await readApiVersion(context);
    if (response.ok && version !== undefined) {
      return {
        check: 'server',
        state: 'ok',
        message: `${url} speaks Verve's API ${version}; this is verve ${cliVersion}`,
      };
    }
    return {
      check: 'server',
      state: 'failed',
      message: `${url} answers, but not as a Verve server (${response.status} on /healthz)`,
      fix: `Check the address; it comes from: ${urlOrigin}.`,
    };
  } catch (error) {
    context.io.signal.throwIfAborted();
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      check: 'server',
      state: 'failed',
      message: `cannot reach ${url}: ${cause}`,
      fix: `Start the server ("npm start"), or give its address with --url or VERVE_URL; this one comes from: ${urlOrigin}.`,
    };
  }
}

async function readApiVersion(context: Context): Promise<string | undefined> {
  const response = await ask(context, '/openapi.json');
  const document: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (typeof document !== 'object' || document === null || !('info' in document)) return undefined;
  const { info } = document;
  if (typeof info !== 'object' || info === null || !('version' in info)) return undefined;
  return String(info.version);
}

async function checkReady(context: Context): Promise<Finding> {
  const response = await ask(context, '/readyz');
  if (response.ok) return { check: 'ready', state: 'ok', message: 'it is ready' };
  return {
    check: 'ready',
    state: 'failed',
    message: `it is not ready (${response.status} on /readyz)`,
    fix: 'Its database is away, or it is starting or stopping; its log says which.',
  };
}

async function checkKey(context: Context): Promise<{ finding: Finding; session?: Session }> {
  try {
    const session = await context.client().ask('getSession', { signal: context.io.signal });
    const until = session.expiresAt === undefined ? '' : `, until ${session.expiresAt}`;
    const message = `"${session.name}" with the role ${session.role}${until}`;
    return { finding: { check: 'key', state: 'ok', message }, session };
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status === 401;
    if (!isRefused && !(error instanceof MissingKey)) throw error;
    const message = isRefused ? 'the server does not accept the key' : 'there is no key';
    const fix = 'Set VERVE_KEY, pass --key or run "verve login". "npm start" prints the admin key.';
    return { finding: { check: 'key', state: 'failed', message, fix } };
  }
}

function judgeProjects(projects: readonly Project[], program: string): Finding {
  const bare = projects.filter((project) => project.repository === undefined).map((project) => project.name);
  if (bare.length === 0) {
    return {
      check: 'project',
      state: 'ok',
      message: `each has a default repository: ${projects.map(({ name }) => name).join(', ')}`,
    };
  }
  return {
    check: 'project',
    state: 'warning',
    message: `without a default repository: ${bare.join(', ')}`,
    fix: `Each task must name one, or: ${program} project update ${bare[0]} --repository …`,
  };
}

function judgeWorkers(workers: readonly Worker[], program: string): Finding {
  const connected = workers.filter((worker) => worker.isConnected);
  const able = connected.filter((worker) => !worker.paused);
  if (able.length > 0) {
    const message = `${able.length} connected: ${able.map(({ name }) => name).join(', ')}`;
    return { check: 'workers', state: 'ok', message };
  }
  if (connected.length > 0) {
    const message = 'every connected worker is paused';
    return {
      check: 'workers',
      state: 'failed',
      message,
      fix: `${program} worker resume ${connected[0]?.name}`,
    };
  }
  const fix =
    'Start one with a key of the role "worker" ("npm start" brings one); its log says why it cannot connect.';
  return { check: 'workers', state: 'failed', message: 'no worker is connected: tasks wait', fix };
}

function ask(context: Context, path: string): Promise<Response> {
  const signal = AbortSignal.any([context.io.signal, AbortSignal.timeout(10_000)]);
  return context.io.fetch(`${context.connection.url}${path}`, { signal });
}
