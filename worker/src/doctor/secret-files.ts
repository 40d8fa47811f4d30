import { stat } from 'node:fs/promises';

import type { WorkerConfig } from '../config.ts';
import { readSecretFile } from '../run-preparation.ts';
import type { Finding } from './finding.ts';

interface SecretFile {
  /** Where it is named in the configuration. */
  readonly setting: string;
  readonly path: string;
}

/** Whether every file with a secret can be read, has something in it and is nobody else's to read. */
export async function checkSecretFiles(config: WorkerConfig): Promise<readonly Finding[]> {
  return Promise.all(secretFilesOf(config).map(checkFile));
}

function secretFilesOf({ settings, keyFile }: WorkerConfig): readonly SecretFile[] {
  const { credentials, forges, agents } = settings;
  return [
    ...(keyFile === undefined ? [] : [{ setting: 'keyFile', path: keyFile }]),
    ...credentials.map(({ passwordFile }, index) => ({
      setting: `credentials.${index}.passwordFile`,
      path: passwordFile,
    })),
    ...forges.map(({ tokenFile }, index) => ({ setting: `forges.${index}.tokenFile`, path: tokenFile })),
    ...agents.flatMap(({ environmentFiles }, index) =>
      Object.entries(environmentFiles).map(([name, path]) => ({
        setting: `agents.${index}.environmentFiles.${name}`,
        path,
      })),
    ),
  ];
}

async function checkFile({ setting, path }: SecretFile): Promise<Finding> {
  const { problem } = await readSecretFile(path);
  if (problem !== undefined) {
    const fix = 'Write the secret into the file and let the user of the worker read it.';
    return { check: 'file', state: 'failed', message: `${setting} ${problem}`, fix };
  }
  const { mode } = await stat(path);
  if ((mode & 0o004) === 0) return { check: 'file', state: 'ok', message: `${setting}: ${path}` };
  return {
    check: 'file',
    state: 'warning',
    message: `${setting}: everybody on this machine can read ${path}`,
    fix: `chmod o-rwx ${path}`,
  };
}
