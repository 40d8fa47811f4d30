import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { banner } from './banner.ts';
import { makeDataFolder } from './data-folder.ts';
import { readSecret, writeSecret } from './kept-secret.ts';
import { makeSampleRepository } from './sample-repository.ts';
import { CannotStart, readTrialSettings } from './settings.ts';
import { writeWorkerFiles } from './worker-files.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'verve-trial-'));
}

test('the sample has a program on main, and is made once', () => {
  const path = join(folder(), 'sample.git');
  const git = (...args: string[]): string => execFileSync('git', ['-C', path, ...args], { encoding: 'utf8' });

  makeSampleRepository(path);
  const first = git('rev-parse', 'HEAD');
  makeSampleRepository(path);

  expect(git('rev-parse', 'refs/heads/main')).toBe(first);
  expect(git('ls-tree', '--name-only', 'HEAD')).toBe('README.md\ngreet.js\n');
});

test("the worker's files are the user's once they are there", () => {
  const dir = folder();
  const files = {
    configFile: join(dir, 'worker.yaml'),
    commandFile: join(dir, 'command.sh'),
    sampleUrl: 'file:///x/sample.git',
    agentEntries: [],
  };

  writeWorkerFiles(files);
  const config = readFileSync(files.configFile, 'utf8');
  writeFileSync(files.commandFile, 'mine');
  writeWorkerFiles(files);

  expect(config).toContain('"file:///x/sample.git"');
  expect(readFileSync(files.commandFile, 'utf8')).toBe('mine');
});

test('a secret is readable by its user alone', () => {
  const file = join(folder(), 'admin-key');

  expect(readSecret(file)).toBeUndefined();
  writeSecret(file, 'verve_x');

  expect(readSecret(file)).toBe('verve_x');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a variable of the trial or the CLI is not handed to its programs', () => {
  const settings = readTrialSettings({ VERVE_PORT: '9000', VERVE_KEY: 'k', VERVE_LOG_LEVEL: 'debug' });

  expect(settings).toMatchObject({ port: 9000, url: 'http://localhost:9000', host: '127.0.0.1' });
  expect(settings.environment).toEqual({ VERVE_LOG_LEVEL: 'debug' });
});

test.each(['http', '0', '70000', '1.5'])('%s is no port', (port) => {
  expect(() => readTrialSettings({ VERVE_PORT: port })).toThrow(CannotStart);
});

test('a data folder that cannot be one is told in a sentence', () => {
  const file = join(folder(), 'taken');
  writeFileSync(file, '');

  expect(() => makeDataFolder(file)).toThrow(CannotStart);
  expect(() => makeDataFolder(file)).toThrow(/taken .*is a file.*VERVE_DATA_DIR/);
  expect(() => makeDataFolder(join(file, 'below'))).toThrow(/cannot be made.*VERVE_DATA_DIR/);
});

test("a data folder is its user's alone, and may be there already", () => {
  const dir = join(folder(), 'new', 'data');

  makeDataFolder(dir);
  makeDataFolder(dir);

  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

test('the commands of the banner can be pasted, whatever is in a path', () => {
  const settings = readTrialSettings({ VERVE_PORT: '9000', VERVE_DATA_DIR: "/tmp/it's here" });

  const said = banner(settings, 'verve_x', []);

  expect(said).toContain(`git -C '/tmp/it'\\''s here/sample.git' log`);
  expect(said).toContain('export VERVE_URL=http://localhost:9000');
});

test('a machine without git is told so', () => {
  vi.stubEnv('PATH', folder());

  expect(() => makeSampleRepository(join(folder(), 'sample.git'))).toThrow(/git .*PATH/);
  vi.unstubAllEnvs();
});
