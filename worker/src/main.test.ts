import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { Finding } from './doctor/finding.ts';
import { startFakeServer, taskOf } from './testing/fake-server.ts';
import { temporaryFolder } from './testing/run.ts';
import { freePort, verveWorker } from './testing/worker-program.ts';

const main = join(import.meta.dirname, 'main.ts');
const patience = { timeout: 60_000, interval: 50 };

vi.setConfig({ testTimeout: 120_000 });

/** A Gitea that knows one token. */
async function startForge(token: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === `token ${token}` && request.url === '/api/v1/user';
    response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{"login":"verve-bot"}' : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function statesOf(stdout: string): Record<string, string> {
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return Object.fromEntries(findings.map(({ check, message, state }) => [`${check}: ${message}`, state]));
}

test('help is printed when asked for, and on a wrong command, which is exit code 2', async () => {
  const [asked, wrong] = await Promise.all([verveWorker(['--help']), verveWorker(['docter'])]);

  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(asked.stdout).toContain('verve-worker config check');
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('no command "docter"');
});

test('config check prints what is in effect, without secrets', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(
    file,
    `key: top-secret-key
repositories: ["https://git.example/acme/**"]
network: { proxy: "http://ann:proxy-word@proxy.example:3128" }
gitEnvironment: { GIT_TOKEN: git-word }
agents: [{ name: a, driver: demo, environment: { MODEL_KEY: model-word } }]
`,
  );

  const { code, stdout } = await verveWorker(['config', 'check'], { VERVE_CONFIG: file, VERVE_TYPO: '1' });

  expect(code).toBe(0);
  expect(stdout).toContain('https://git.example/acme/**');
  expect(stdout).toContain('"MODEL_KEY": "(set)"');
  expect(stdout).toContain('VERVE_TYPO is no setting');
  expect(stdout).not.toMatch(/top-secret-key|proxy-word|git-word|model-word/);
});

test('config check prints every problem with its path and fails', async () => {
  const { code, stdout } = await verveWorker(['config', 'check', '--json'], { VERVE_CAPACITY: '0' });

  expect(code).toBe(1);
  const { problems } = JSON.parse(stdout) as { problems: readonly { path: string }[] };
  expect(problems.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['key', 'capacity (VERVE_CAPACITY)']),
  );
});

test('doctor finds nothing to mend where nothing is wrong', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using forge = await startForge('t0ken');
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text, { mode: 0o600 });
    return join(folder.path, name);
  };
  const config = {
    serverUrl: server.url,
    dataDir: join(folder.path, 'data'),
    keyFile: secret('key', 'k\n'),
    repositories: ['https://git.example/**'],
    credentials: [{ prefix: 'https://git.example', passwordFile: secret('password', 'p') }],
    forges: [
      {
        prefix: 'https://git.example',
        kind: 'gitea',
        apiUrl: forge.url,
        tokenFile: secret('token', 't0ken\n'),
      },
    ],
    agents: [
      { name: 'sh', driver: 'command', command: ['sh'], environmentFiles: { K: secret('model', 'm') } },
    ],
  };

  const { code, stdout } = await verveWorker(['doctor', '--json'], {
    VERVE_CONFIG: secret('worker.yaml', JSON.stringify(config)),
  });

  expect(existsSync(config.dataDir)).toBe(false);
  const states = statesOf(stdout);
  expect(Object.values(states)).not.toContain('failed');
  expect(code).toBe(0);
  expect(states).toMatchObject({
    [`server: ${server.url} answers`]: 'ok',
    'key: "k" with the role worker': 'ok',
    'lock: no worker is active on this folder': 'ok',
    [`forge: ${forge.url}/user: "verve-bot"`]: 'ok',
    'executor: process: it isolates nothing': 'warning',
  });
  expect(Object.keys(states).filter((name) => name.startsWith('file: '))).toHaveLength(4);
});

test('doctor says what is wrong and how to mend it, with exit code 1', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.role = 'member';
  await using forge = await startForge('t0ken');
  const token = join(folder.path, 'token');
  writeFileSync(token, 'another', { mode: 0o644 });
  const config = {
    dataDir: join(folder.path, 'data'),
    forges: [{ prefix: 'https://git.example', kind: 'gitea', apiUrl: forge.url, tokenFile: token }],
    agents: [
      { name: 'x', driver: 'command', command: ['no-such-program'], environmentFiles: { K: '/missing' } },
    ],
    agentCommand: ['false'],
  };
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(file, JSON.stringify(config));

  const { code, stdout } = await verveWorker(['doctor'], {
    VERVE_CONFIG: file,
    VERVE_SERVER_URL: server.url,
    VERVE_KEY: 'k',
  });

  expect(code).toBe(1);
  expect(stdout).toContain('✗ repositories');
  expect(stdout).toMatch(/✗ key +the key is "k" with the role member, not worker\n +→ .*--role worker/);
  expect(stdout).toMatch(/✗ verve-agent +false does not start: it ended with exit code 1/);
  expect(stdout).toContain('✗ agent        "x": there is no program no-such-program');
  expect(stdout).toMatch(/! file +forges.0.tokenFile: everybody .*\n +→ chmod o-rwx/);
  expect(stdout).toMatch(/✗ file +agents.0.environmentFiles.K cannot be read/);
  expect(stdout).toMatch(/✗ forge +.* does not accept the token \(401\)/);
});

test('doctor tells a file with a key that cannot be read once', async () => {
  await using folder = temporaryFolder();
  const environment = { PATH: folder.path };
  const agents = [{ name: 'x', driver: 'claude', environment, modelHost: { keyFile: '/missing' } }];
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(file, JSON.stringify({ dataDir: join(folder.path, 'data'), agents }));

  const { code, stdout } = await verveWorker(['doctor'], { VERVE_CONFIG: file, VERVE_KEY: 'k' });

  expect(code).toBe(1);
  expect(stdout).toContain('✓ verve-agent');
  expect(stdout).toMatch(/✗ file +agents.0.modelHost.keyFile cannot be read.*\n +→ Write the secret/);
  expect(stdout.match(/\/missing/g)).toHaveLength(1);
  expect(stdout).toMatch(/✗ agent +"x": claude is not on the PATH/);
  expect(stdout).not.toContain('model host');
});

test('doctor ends at once when it is asked to, and tells nothing', async () => {
  await using folder = temporaryFolder();
  const program = join(folder.path, 'agent');
  const asked = join(folder.path, 'asked');
  writeFileSync(program, `#!/bin/sh\n[ "$1" = check ] || exit 2\ntouch ${asked}\nexec sleep 600\n`, {
    mode: 0o755,
  });
  const file = join(folder.path, 'worker.yaml');
  const agents = [{ name: 'x', driver: 'demo' }];
  writeFileSync(
    file,
    JSON.stringify({ dataDir: join(folder.path, 'data'), agents, agentCommand: [program] }),
  );
  const child = spawn(process.execPath, ['--conditions=source', main, 'doctor'], {
    env: { PATH: process.env['PATH'], VERVE_CONFIG: file, VERVE_KEY: 'k' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.on('data', (piece: Buffer) => (told += piece.toString()));

  await vi.waitFor(() => expect(existsSync(asked)).toBe(true), patience);
  child.kill('SIGINT');

  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(told).toBe('');
});

test('doctor image says that it takes another executor than process', async () => {
  const { code, stdout } = await verveWorker(['doctor', 'image', 'verve-agent:dev'], { VERVE_KEY: 'k' });

  expect(code).toBe(1);
  expect(stdout).toContain('✗ image        the executor "process" runs no images');
  expect(stdout).toContain('→ Ask a worker with "executor: kubernetes".');
});

test.each([[['doctor', 'image']], [['doctor', 'image', 'one', 'two']]])(
  '%j is a wrong command',
  async (args) => {
    const { code, stderr } = await verveWorker(args, { VERVE_KEY: 'k' });

    expect(code).toBe(2);
    expect(stderr).toContain('doctor image takes the name of one image');
  },
);

test('doctor tells a server that is away from a key that is wrong', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.role = undefined;
  const env = { VERVE_DATA_DIR: folder.path, VERVE_KEY: 'k', VERVE_REPOSITORIES: '**' };

  const [wrongKey, away] = await Promise.all([
    verveWorker(['doctor'], { ...env, VERVE_SERVER_URL: server.url }),
    verveWorker(['doctor'], { ...env, VERVE_SERVER_URL: 'http://127.0.0.1:1' }),
  ]);

  expect(wrongKey.stdout).toMatch(/✓ server .*\n✗ key +the server does not take the key: no such key/);
  expect(away.stdout).toMatch(/✗ server +.*cannot reach/);
});

test('the worker itself runs tasks, tells how it is, and leaves with exit code 0 on SIGTERM', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = `file://${join(folder.path, 'nowhere.git')}`;
  mkdirSync(join(folder.path, 'data'));
  const port = await freePort();
  server.offer(taskOf({ repository }));
  const child = spawn(process.execPath, ['--conditions=source', main], {
    env: {
      PATH: process.env['PATH'],
      VERVE_KEY: 'k',
      VERVE_SERVER_URL: server.url,
      VERVE_DATA_DIR: join(folder.path, 'data'),
      VERVE_REPOSITORIES: repository,
      VERVE_HEALTH_PORT: String(port),
      VERVE_AGENT_COMMAND: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  child.stdout.on('data', (piece: Buffer) => (log += piece.toString()));

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];

  expect(server.outcomes[0]).toMatchObject({ status: 'failed', reason: 'CheckoutFailed' });
  expect(ready.status).toBe(200);
  expect(metrics).toContain('verve_worker_claims_total 1');
  expect(metrics).toContain('verve_worker_calls_total{call="heartbeat",result="ok"}');
  expect(code).toBe(0);
  expect(log).toContain('isolates nothing');
  expect(log).toContain('worker stopped; runs go on');
});
