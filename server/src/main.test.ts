import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { createClient } from '@verve/contract';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { failedStart, runProgram, startProgram, tempFolder } from './testing/program.ts';

describe('the server as a program', () => {
  it('prints its address and, the first time, a key that administers it; a signal ends it well', async () => {
    const dataDir = await tempFolder();
    const first = await startProgram({ VERVE_DATA_DIR: dataDir });
    const key = await vi.waitFor(() => keyIn(first.printed()));
    const { projects } = await createClient({ baseUrl: first.url, key, fetch }).ask('listProjects');
    const firstExit = await first.stop('SIGTERM');

    const second = await startProgram({ VERVE_DATA_DIR: dataDir });
    const again = await createClient({ baseUrl: second.url, key, fetch }).ask('listProjects');
    const secondExit = await second.stop('SIGINT');

    expect(projects).toMatchObject([{ name: 'default' }]);
    expect(again.projects).toEqual(projects);
    expect(second.printed()).not.toContain('key');
    expect([firstExit, secondExit]).toEqual([0, 0]);
  });

  it('takes the admin key that it is given and prints none', async () => {
    const key = 'a-key-of-some-length';
    const server = await startProgram({ VERVE_ADMIN_KEY: key });

    const caller = await createClient({ baseUrl: server.url, key, fetch }).ask('getSession');

    expect(caller.role).toBe('admin');
    expect(server.printed()).not.toContain('key');
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  it('is alive and not ready while its database is away', async () => {
    const { port } = await takenPort({ isFreed: true });
    const child = runProgram({
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
    const { told, code } = await failedStart({ VERVE_DATA_DIR: await tempFolder(), ...(await given()) });

    expect(told).toMatch(message);
    expect(told).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });
});

/** The line of the key follows that of the address. */
function keyIn(printed: string): string {
  const key = /shown this once: (\S+)\n/.exec(printed)?.[1];
  if (key === undefined) throw new Error(`no key: ${printed}`);
  return key;
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
