import { keyProblem, type ClientOptions } from '@verve/contract';

import type { WorkerConfig } from './config.ts';
import { readLoginFile, type ReadSecret } from './secret-file.ts';

type KeyConfig = Pick<WorkerConfig, 'secrets'> & {
  readonly settings: Pick<WorkerConfig['settings'], 'keyFile'>;
};

/** The worker's own key: as it was given, or as its file has it now. */
export async function readKey({ secrets, settings }: KeyConfig): Promise<ReadSecret> {
  return secrets.key === undefined ? readKeyFile(settings.keyFile ?? '') : { value: secrets.key };
}

/** Reads a file with a key of Verve. */
export async function readKeyFile(path: string): Promise<ReadSecret> {
  const read = await readLoginFile(path);
  const problem = read.value === undefined ? undefined : keyProblem(read.value);
  return problem === undefined ? read : { problem: `${problem}: ${path}` };
}

/** The key in use, which may change while the worker runs. */
export interface WorkerKey {
  /** As it was read last. */
  readonly current: () => string;
  /** Every one that was in use, the first first. */
  readonly all: () => readonly string[];
  /** Reads it again; one that cannot be read now changes nothing. */
  readonly readAgain: () => Promise<void>;
}

/** Holds a key that `readKey` gave, for whoever asks the server. */
export function createWorkerKey(config: KeyConfig, first: string): WorkerKey {
  const used = [first];
  let current = first;
  return {
    current: () => current,
    all: () => used,
    readAgain: async () => {
      const { value } = await readKey(config);
      if (value === undefined) return;
      current = value;
      if (!used.includes(value)) used.push(value);
    },
  };
}

type Fetch = ClientOptions['fetch'];

/** Has the key read again once the server has refused it, so that the next try is made with what is there by then. */
export function fetchWithFreshKey(fetch: Fetch, key: Pick<WorkerKey, 'readAgain'>): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.status === 401 || response.status === 403) await key.readAgain();
    return response;
  };
}
