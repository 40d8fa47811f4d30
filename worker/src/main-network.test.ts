import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { createCertificate } from './testing/certificate.ts';
import { startFakeProxy } from './testing/fake-proxy.ts';
import { startFakeServer, taskOf } from './testing/fake-server.ts';
import { secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorkerProgram, verveWorker } from './testing/worker-program.ts';

// The program, and how it reaches its server.

const patience = { timeout: 60_000, interval: 50 };
const repository = 'file:///nowhere.git';

vi.setConfig({ testTimeout: 120_000 });

/** Settings of a worker, in a file. */
function configFile(folder: string, settings: object): string {
  const all = { key: 'k', dataDir: join(folder, 'data'), repositories: [repository], ...settings };
  return secretFile(folder, 'worker.yaml', JSON.stringify(all));
}

test('a worker works for a server behind a proxy, with a certificate of an own authority', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using server = await startFakeServer(certificate);
  await using proxy = await startFakeProxy();
  const caFile = secretFile(folder.path, 'ca.pem', certificate.cert);
  const network = { caFile, proxy: proxy.url };
  const settings = { serverUrl: server.url, network, agentCommand: ['false'] };
  server.offer(taskOf({ repository }));

  await using worker = await startWorkerProgram({ VERVE_CONFIG: configFile(folder.path, settings) });
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(await worker.ready()).toMatchObject({ status: 200 });
  expect(new Set(proxy.asked)).toEqual(new Set([new URL(server.url).host]));
  expect(await worker.stop('SIGTERM')).toBe(0);
});

test('doctor asks the server as the worker does, and says which setting is missing', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using server = await startFakeServer(certificate);
  await using refusing = await startFakeProxy({ refusal: 403 });
  const caFile = secretFile(folder.path, 'ca.pem', certificate.cert);
  const doctor = async (settings: object, env: Record<string, string> = {}): Promise<string> => {
    const file = configFile(folder.path, { serverUrl: server.url, ...settings });
    return (await verveWorker(['doctor'], { VERVE_CONFIG: file, ...env })).stdout;
  };
  const good = /✓ server +https:\/\/localhost:\d+ answers/;

  // For git alone.
  expect(await doctor({ network: { caFile }, gitEnvironment: { HTTPS_PROXY: refusing.url } })).toMatch(good);
  expect(await doctor({}, { NODE_EXTRA_CA_CERTS: caFile })).toMatch(good);
  expect(await doctor({})).toMatch(/✗ server +the certificate of .*\n +→ Name .*"network.caFile"/);
  expect(await doctor({ network: { caFile, proxy: refusing.url } })).toMatch(
    /✗ server +cannot reach .*\(403\).*\n +→ .*"network.proxy" \(.*"network.noProxy"/,
  );
  expect(await doctor({ network: { caFile: '/no/such/file' } })).toMatch(
    /✗ server +the server was not asked: "network.caFile" \/no\/such\/file cannot be used/,
  );
});

test('a worker that cannot use its file of authorities says so, and trusts by it when it can', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using server = await startFakeServer(certificate);
  const caFile = secretFile(folder.path, 'ca.pem', 'hello');
  const settings = { serverUrl: server.url, network: { caFile } };

  await using worker = await startWorkerProgram({ VERVE_CONFIG: configFile(folder.path, settings) });
  await vi.waitFor(async () => {
    const why = `"network.caFile" ${caFile} cannot be used: it holds no certificate. Write certificates into the file`;
    expect(await worker.ready()).toEqual({ status: 503, why: expect.stringContaining(why) as string });
  }, patience);
  secretFile(folder.path, 'ca.pem', certificate.cert);

  await vi.waitFor(async () => expect(await worker.ready()).toMatchObject({ status: 200 }), patience);
});

test('a worker that does not trust its server says which setting is missing', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer(createCertificate());

  await using worker = await startWorkerProgram({
    VERVE_CONFIG: configFile(folder.path, { serverUrl: server.url }),
  });

  await vi.waitFor(async () => {
    const why = expect.stringMatching(/the certificate of .* is not trusted: .*"network.caFile"/) as string;
    expect(await worker.ready()).toEqual({ status: 503, why });
  }, patience);
});
