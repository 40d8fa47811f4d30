import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { createClient } from '@verve/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('the server as a program', () => {
  it('prints its address and, the first time, a key that administers it; a signal ends it well', async () => {
    const dataDir = await folder();
    const first = await start({ VERVE_DATA_DIR: dataDir });
    const key = /shown this once: (\S+)/.exec(first.printed())?.[1] ?? '';
    const { projects } = await createClient({ baseUrl: first.url, key, fetch }).ask('listProjects');
    const firstExit = await first.stop('SIGTERM');

    const second = await start({ VERVE_DATA_DIR: dataDir });
    const again = await createClient({ baseUrl: second.url, key, fetch }).ask('listProjects');
    const secondExit = await second.stop('SIGINT');

    expect(projects).toMatchObject([{ name: 'default' }]);
    expect(again.projects).toEqual(projects);
    expect(second.printed()).not.toContain('key');
    expect([firstExit, secondExit]).toEqual([0, 0]);
  });

  it('takes the admin key that it is given and prints none', async () => {
    const key = 'a-key-of-some-length';
    const server = await start({ VERVE_ADMIN_KEY: key });

    const caller = await createClient({ baseUrl: server.url, key, fetch }).ask('getSession');

    expect(caller.role).toBe('admin');
    expect(server.printed()).not.toContain('key');
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  it('is alive and not ready while its database is away', async () => {
    const { port } = await takenPort({ isFreed: true });
    const child = run({
      VERVE_PORT: String(port),
      VERVE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/verve',
    });

    await vi.waitFor(
      async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200),
      20_000,
    );
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    child.kill('SIGTERM');

    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    [
      'settings that are wrong',
      async () => ({ VERVE_PORT: 'x', VERVE_ADMIN_KEY: 'short' }),
      /VERVE_PORT.*\n.*VERVE_ADMIN_KEY/,
    ],
    [
      'a port that is in use',
      async () => ({ VERVE_PORT: String((await takenPort()).port) }),
      /port \d+ is in use/,
    ],
  ])('ends with 1 and tells of %s without a stack', async (_, given, message) => {
    const child = run({ VERVE_DATA_DIR: await folder(), ...(await given()) });

    const [told, [code]] = await Promise.all([text(outputOf(child, 'stderr')), once(child, 'exit')]);

    expect(told).toMatch(message);
    expect(told).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });
});

interface Started {
  readonly url: string;
  printed(): string;
  stop(signal: 'SIGTERM' | 'SIGINT'): Promise<unknown>;
}

/** Starts a server on a port that is free, and waits until it listens. */
async function start(env: Record<string, string>): Promise<Started> {
  const child = run({ VERVE_PORT: '0', VERVE_DATA_DIR: await folder(), ...env });
  let printed = '';
  outputOf(child, 'stdout').on('data', (part: Buffer) => (printed += part.toString()));
  const url = await vi.waitFor(() => {
    const found = /http:\/\/\S+/.exec(printed)?.[0];
    if (found === undefined) throw new Error(`not listening: ${printed}`);
    return found;
  }, 20_000);
  return {
    url,
    printed: () => printed,
    stop: async (signal) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code]: unknown[] = await exited;
      return code;
    },
  };
}

function run(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=source', main], {
    env: { PATH: process.env['PATH'], VERVE_HOST: '127.0.0.1', VERVE_LOG_LEVEL: 'error', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function outputOf(child: ChildProcess, name: 'stdout' | 'stderr'): NodeJS.ReadableStream {
  const output = child[name];
  if (!output) throw new Error(`${name} is not piped`);
  return output;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'verve-main-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function takenPort({ isFreed = false } = {}): Promise<{ port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (server.listening) await once(server.close(), 'close');
  };
  onTestFinished(close);
  if (isFreed) await close();
  return { port };
}
