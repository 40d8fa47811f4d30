import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, test, vi } from 'vitest';

import { loadConfig, type WorkerConfig } from './config.ts';
import { untilFilesAreThere, type FileGate } from './file-gate.ts';
import { createHealth } from './health.ts';
import { createCertificate } from './testing/certificate.ts';
import { secretFile } from './testing/forge-settings.ts';
import { silent, temporaryFolder } from './testing/run.ts';

const patience = { timeout: 30_000, interval: 10 };

vi.setConfig({ testTimeout: 60_000 });

interface Line {
  readonly msg: string;
  readonly fix?: string;
}

/** Names a file for each kind of secret in a folder; none is made. */
function configOf(folder: string): WorkerConfig {
  const config = {
    keyFile: join(folder, 'key'),
    agents: [
      { name: 'sh', driver: 'command', command: ['sh'], environmentFiles: { K: join(folder, 'model') } },
    ],
    credentials: [{ prefix: 'https://git.example', passwordFile: join(folder, 'password') }],
    network: { caFile: join(folder, 'ca.pem') },
  };
  return loadConfig({ VERVE_CONFIG: secretFile(folder, 'worker.yaml', JSON.stringify(config)) });
}

function gateOf(
  config: WorkerConfig,
  lines: Line[] = [],
): FileGate & { readonly health: ReturnType<typeof createHealth> } {
  const write = (line: string): unknown => lines.push(JSON.parse(line) as Line);
  return { config, health: createHealth(() => 0), logger: pino({}, { write }), lookAgainMs: 10 };
}

const fix = 'Write the secret into the file and let the user of the worker read it.';
const caFix = 'Write certificates into the file, PEM, and let the user of the worker read it.';

test('a worker waits for each file that its configuration names, and tells what is missing once', async () => {
  await using folder = temporaryFolder();
  const lines: Line[] = [];
  const gate = gateOf(configOf(folder.path), lines);
  const why = (): unknown => gate.health.ready();
  const paths = ['key', 'password', 'model', 'ca.pem'].map((name) => join(folder.path, name));

  const opened = untilFilesAreThere(gate, new AbortController().signal);
  await vi.waitFor(() => expect(lines).toHaveLength(paths.length + 1), patience);
  expect(lines.slice(0, -1).every(({ fix }) => fix !== undefined)).toBe(true);
  expect(lines.at(-1)?.msg).toContain('the worker does no work until that is mended');
  for (const path of paths)
    expect(why()).toMatchObject({ isWell: false, why: expect.stringContaining(path) });

  secretFile(folder.path, 'key', 'not a key');
  secretFile(folder.path, 'password', '');
  secretFile(folder.path, 'ca.pem', 'hello');
  secretFile(folder.path, 'model', 'm');
  await vi.waitFor(() => {
    expect(why()).toEqual({
      isWell: false,
      why: [
        `keyFile has characters that no key has: a key is one line of printable ASCII without spaces: ${paths[0]}. ${fix}`,
        `credentials.0.passwordFile is empty: ${paths[1]}. ${fix}`,
        `"network.caFile" ${paths[3]} cannot be used: it holds no certificate. ${caFix}`,
      ].join('; '),
    });
  }, patience);

  secretFile(folder.path, 'password', 'p');
  secretFile(folder.path, 'ca.pem', createCertificate().cert);
  secretFile(folder.path, 'key', 'the-key\n');

  expect((await opened).current()).toBe('the-key');
  expect(why()).toEqual({ isWell: false, why: 'the worker is waiting for its turn' });
});

test('a file that everybody can read is no reason to wait, and neither is one for a key that was given', async () => {
  await using folder = temporaryFolder();
  const passwordFile = secretFile(folder.path, 'password', 'p');
  chmodSync(passwordFile, 0o644);
  const settings = {
    keyFile: '/missing',
    key: 'k',
    credentials: [{ prefix: 'https://git.example', passwordFile }],
  };
  const file = secretFile(folder.path, 'worker.yaml', JSON.stringify(settings));
  const gate = gateOf(loadConfig({ VERVE_CONFIG: file }));

  const key = await untilFilesAreThere(gate, new AbortController().signal);

  expect(key.current()).toBe('k');
});

test('a worker that waits for files ends when it is asked to', async () => {
  const stop = new AbortController();
  const config = loadConfig({ VERVE_KEY_FILE: '/missing' });

  const opened = untilFilesAreThere({ ...gateOf(config), logger: silent }, stop.signal);
  stop.abort(new Error('SIGTERM'));

  await expect(opened).rejects.toThrow('SIGTERM');
});
