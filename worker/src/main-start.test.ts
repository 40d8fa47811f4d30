import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { Finding } from './doctor/finding.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';
import { freePort, startWorkerProgram, verveWorker, type WorkerProgram } from './testing/worker-program.ts';

// The program, started before all that it needs is there: it says what is missing, and goes on by itself.

const patience = { timeout: 60_000, interval: 100 };

vi.setConfig({ testTimeout: 120_000 });

/** Variables that name settings in a file. */
function settings(folder: string, given: object): { readonly VERVE_CONFIG: string } {
  const all = { dataDir: join(folder, 'data'), repositories: ['**'], ...given };
  return { VERVE_CONFIG: secretFile(folder, 'worker.yaml', JSON.stringify(all)) };
}

async function untilReady(worker: WorkerProgram, status: 200 | 503, why: RegExp): Promise<void> {
  await vi.waitFor(async () => {
    expect(await worker.ready()).toEqual({ status, why: expect.stringMatching(why) as string });
  }, patience);
}

function lines(worker: WorkerProgram, msg: RegExp): readonly Readonly<Record<string, unknown>>[] {
  return worker.log.filter((line) => msg.test(String(line['msg'])));
}

test('a worker whose files are missing waits for them, registers nowhere, and goes on when they are there', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const [keyFile, passwordFile] = [join(folder.path, 'key'), join(folder.path, 'password')];
  const credentials = [{ prefix: 'https://git.example', passwordFile }];

  await using worker = await startWorkerProgram(
    settings(folder.path, { serverUrl: server.url, keyFile, credentials }),
  );
  await untilReady(
    worker,
    503,
    /^keyFile cannot be read: .*; credentials\.0\.passwordFile cannot be read: .*$/,
  );
  secretFile(folder.path, 'key', 'k');
  await untilReady(worker, 503, /^credentials\.0\.passwordFile cannot be read: [^;]*$/);
  expect(server.requests).toBe(0);
  secretFile(folder.path, 'password', 'p');
  await untilReady(worker, 200, /^$/);

  const told = lines(worker, /cannot be read/);
  expect(told.map(({ msg }) => String(msg).split(' ')[0])).toEqual([
    'keyFile',
    'credentials.0.passwordFile',
    'credentials.0.passwordFile',
  ]);
  expect(told.every(({ fix }) => String(fix).startsWith('Write the secret into the file'))).toBe(true);
  expect(await worker.stop('SIGTERM')).toBe(0);
});

test('a worker in Kubernetes looks for its files first, and ends with 0 while it waits', async () => {
  await using folder = temporaryFolder();
  const kubeconfig = secretFile(
    folder.path,
    'kubeconfig',
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:9' } }],
      users: [{ name: 'u', user: {} }],
    }),
  );
  const given = { executor: 'kubernetes', kubernetes: { kubeconfig, namespace: 'verve' } };
  const keyFile = join(folder.path, 'key');

  await using worker = await startWorkerProgram(settings(folder.path, { ...given, keyFile }));
  await untilReady(worker, 503, /^keyFile cannot be read/);
  secretFile(folder.path, 'key', 'k');
  await untilReady(worker, 503, /^http:\/\/127\.0\.0\.1:9 does not answer/);

  expect(await worker.stop('SIGTERM')).toBe(0);
});

test('a worker whose key the server does not take says so, and goes on when it does', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.role = undefined;

  await using worker = await startWorkerProgram(settings(folder.path, { serverUrl: server.url, key: 'k' }));
  await untilReady(
    worker,
    503,
    /^the worker is registering: the server does not take the key: no such key\. Make one: verve key create --role worker/,
  );
  const told = lines(worker, /the server does not take the key; trying on/);
  server.role = 'worker';
  await untilReady(worker, 200, /^$/);

  expect(told).toMatchObject([
    {
      why: 'the server does not take the key: no such key',
      fix: expect.stringContaining('verve key create --role worker') as string,
    },
  ]);
});

test('a worker whose server is another thing says where that is, and goes on when it is the server', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.isAnother = true;

  await using worker = await startWorkerProgram(settings(folder.path, { serverUrl: server.url, key: 'k' }));
  await untilReady(
    worker,
    503,
    /^the worker is registering: http.* answers 404, and not as a Verve server does/,
  );
  server.isAway = true;
  await untilReady(worker, 503, /^the worker is registering: http.* answers 503/);
  [server.isAway, server.isAnother] = [false, false];
  await untilReady(worker, 200, /^$/);

  expect(lines(worker, /no Verve server answers; trying on/)).toMatchObject([
    {
      why: `${server.url} answers 404, and not as a Verve server does`,
      fix: expect.stringContaining('"serverUrl" (VERVE_SERVER_URL)') as string,
    },
  ]);
  expect(lines(worker, /the server does not answer; trying on/)).toHaveLength(1);
});

test.each(['http://nowhere.invalid', `http://127.0.0.1:${await freePort()}`])(
  'a worker whose server is not at %s says so',
  async (serverUrl) => {
    await using folder = temporaryFolder();

    await using worker = await startWorkerProgram(settings(folder.path, { serverUrl, key: 'k' }));

    await untilReady(
      worker,
      503,
      new RegExp(`^the worker is registering: cannot reach ${serverUrl}: E[A-Z_]+: .* Check "serverUrl"`),
    );
  },
);

test('doctor and config check tell that the file of the key is missing, doctor beside all else', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const variables = settings(folder.path, { serverUrl: server.url, keyFile: '/no/such/key' });

  const [doctor, check] = await Promise.all([
    verveWorker(['doctor', '--json'], variables),
    verveWorker(['config', 'check', '--json'], variables),
  ]);

  const { findings } = JSON.parse(doctor.stdout) as { findings: readonly Finding[] };
  const failed = findings.filter(({ state }) => state === 'failed');
  expect(failed).toMatchObject([
    { check: 'file', message: expect.stringMatching(/^keyFile cannot be read: ENOENT/) as string },
  ]);
  expect(findings).toContainEqual({ check: 'server', state: 'ok', message: `${server.url} answers` });
  expect(findings.map((finding) => finding.check)).not.toContain('key');
  expect(JSON.parse(check.stdout)).toMatchObject({
    ok: false,
    problems: [{ path: 'keyFile', message: expect.stringMatching(/^cannot be read: ENOENT/) as string }],
  });
  expect([doctor.code, check.code]).toEqual([1, 1]);
});
