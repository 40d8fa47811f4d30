import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SettingsInvalid, settingsTable } from '@verve/contract';
import { describe, expect, it } from 'vitest';

import { readConfig, settings } from './config.ts';

const docsHead = `# Settings of the server

Each can stand in the YAML file that \`VERVE_CONFIG\` names, or in its own environment variable, which wins. Made from the schema in
\`server/src/config.ts\`.
`;

describe('the configuration', () => {
  it('is complete without any setting', () => {
    const { config, secrets, unknownVariables } = readConfig({});

    expect(config).toMatchObject({
      port: 8080,
      dataDir: '.verve',
      trustProxy: false,
      times: { leaseSeconds: 180 },
    });
    expect(secrets).toEqual({});
    expect(unknownVariables).toEqual([]);
  });

  it('keeps secrets apart from what may be logged', () => {
    const { config, secrets } = readConfig({
      VERVE_ADMIN_KEY: 'a-key-of-some-length',
      VERVE_DATABASE_URL: 'postgres://verve:hush@db/verve',
    });

    expect(secrets).toEqual({
      adminKey: 'a-key-of-some-length',
      databaseUrl: 'postgres://verve:hush@db/verve',
    });
    expect(JSON.stringify(config)).not.toMatch(/hush|a-key-of/);
  });

  it('tells every problem at once, and never repeats a secret', () => {
    const env = { VERVE_PORT: 'many', VERVE_ADMIN_KEY: 'short', VERVE_TIMES_SWEEP_SECONDS: '0' };

    const error = problemOf(() => readConfig(env));

    expect(error.problems.map((problem) => problem.path)).toEqual([
      'port (VERVE_PORT)',
      'adminKey (VERVE_ADMIN_KEY)',
      'times.sweepSeconds (VERVE_TIMES_SWEEP_SECONDS)',
    ]);
    expect(error.message).not.toContain('short');
  });

  it.each([
    [{ VERVE_TRUST_PROXY: 'yes' }, /trustProxy \(VERVE_TRUST_PROXY\): must be true, false, or addresses/],
    [{ VERVE_TIMES_LEASE_SECONDS: '10' }, /times.leaseSeconds.*: must be longer than heartbeatSeconds/],
    [{ VERVE_TIMES_HEARTBEAT_SECONDS: '300' }, /times.leaseSeconds.*: must be longer than heartbeatSeconds/],
  ])('refuses %s', (env, problem) => {
    expect(problemOf(() => readConfig(env)).message).toMatch(problem);
  });

  it('names variables that are no setting', () => {
    const env = { VERVE_PROT: '1', VERVE_LOG_LEVEL: 'warn', VERVE_CONFIG: '', OTHER: 'x' };

    expect(readConfig(env).unknownVariables).toEqual(['VERVE_PROT']);
  });

  it.each([
    ['true', true],
    ['false', false],
    ['10.0.0.0/8,::1', '10.0.0.0/8,::1'],
  ])('takes %s for the proxies to trust', (given, trustProxy) => {
    expect(readConfig({ VERVE_TRUST_PROXY: given }).config.trustProxy).toEqual(trustProxy);
  });

  it('comes from a file, which the environment overrides', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'verve-config-'));
    const file = path.join(folder, 'verve.yaml');
    writeFileSync(file, 'port: 1234\nretention:\n  days: 30\ntimes:\n  sweepSeconds: 5\n');

    const { config } = readConfig({ VERVE_CONFIG: file, VERVE_PORT: '4321' });
    rmSync(folder, { recursive: true });

    expect(config).toMatchObject({
      port: 4321,
      retention: { days: 30 },
      times: { sweepSeconds: 5, leaseSeconds: 180 },
    });
  });

  it('is what docs/server-settings.md says (vitest -u writes it anew)', async () => {
    const page = `${docsHead}\n${settingsTable(settings)}`;

    await expect(page).toMatchFileSnapshot('../../docs/server-settings.md');
  });

  it('names a file that is not there', () => {
    expect(problemOf(() => readConfig({ VERVE_CONFIG: '/nowhere/verve.yaml' })).message).toMatch(
      /VERVE_CONFIG: \/nowhere\/verve.yaml cannot be read/,
    );
  });
});

function problemOf(read: () => unknown): SettingsInvalid {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsInvalid) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}
