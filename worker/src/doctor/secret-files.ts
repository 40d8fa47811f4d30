import { stat } from 'node:fs/promises';

import type { WorkerConfig } from '../config.ts';
import { fixOfFile } from '../mounted-file.ts';
import { readLoginFile, readVariableFile, type ReadSecret } from '../secret-file.ts';
import { readKeyFile } from '../worker-key.ts';
import type { Finding } from './finding.ts';

interface SecretFile {
  /** Where it is named in the configuration. */
  readonly setting: string;
  readonly path: string;
  /** As whoever uses it reads it. */
  readonly read: (path: string) => Promise<ReadSecret>;
}

/** Whether every file with a secret can be read, has something in it and is nobody else's to read. */
export async function checkSecretFiles(config: WorkerConfig): Promise<readonly Finding[]> {
  return Promise.all(secretFilesOf(config).map(checkFile));
}

function secretFilesOf({ settings }: WorkerConfig): readonly SecretFile[] {
  const { keyFile, credentials, forges, agents } = settings;
  const login = (setting: string, path: string): SecretFile => ({ setting, path, read: readLoginFile });
  const text = (setting: string, path: string): SecretFile => ({ setting, path, read: readVariableFile });
  return [
    ...(keyFile === undefined ? [] : [{ setting: 'keyFile', path: keyFile, read: readKeyFile }]),
    ...credentials.map(({ passwordFile }, n) => login(`credentials.${n}.passwordFile`, passwordFile)),
    ...forges.flatMap(({ tokenFile, app }, n) => [
      ...(tokenFile === undefined ? [] : [login(`forges.${n}.tokenFile`, tokenFile)]),
      ...(app ? [text(`forges.${n}.app.privateKeyFile`, app.privateKeyFile)] : []),
    ]),
    ...agents.flatMap(({ modelHost }, n) =>
      modelHost?.keyFile === undefined ? [] : [login(`agents.${n}.modelHost.keyFile`, modelHost.keyFile)],
    ),
    ...agents.flatMap(({ environmentFiles }, n) =>
      Object.entries(environmentFiles).map(([name, path]) =>
        text(`agents.${n}.environmentFiles.${name}`, path),
      ),
    ),
  ];
}

async function checkFile({ setting, path, read }: SecretFile): Promise<Finding> {
  const { problem } = await read(path);
  if (problem !== undefined) {
    const fix = fixOfFile(path, 'Write the secret into the file and let the user of the worker read it.');
    return { check: 'file', state: 'failed', message: `${setting} ${problem}`, fix };
  }
  if (!(await isPublic(path))) return { check: 'file', state: 'ok', message: `${setting}: ${path}` };
  return {
    check: 'file',
    state: 'warning',
    message: `${setting}: everybody on this machine can read ${path}`,
    fix: `chmod o-rwx ${path}`,
  };
}

/** A file that has gone since it was read is nobody's to read. */
async function isPublic(path: string): Promise<boolean> {
  const state = await stat(path).catch(() => undefined);
  return state !== undefined && (state.mode & 0o004) !== 0;
}
