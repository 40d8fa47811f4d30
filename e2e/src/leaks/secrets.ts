import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets of every kind that a worker knows, as its configuration has them. */
export interface Secrets {
  /** By what they are. */
  readonly known: Readonly<Record<string, string>>;
  /** A private key that no configuration names. */
  readonly strayKey: string;
  /** For the agent's entry, and for the worker's configuration. */
  readonly agentSettings: object;
  readonly workerSettings: object;
}

/** Makes them, and in a folder the files for those that a worker reads from files. */
export function makeSecrets(folder: string, workerKey: string): Secrets {
  const known = {
    'key of the worker': workerKey,
    password: randomText(),
    'token of the forge': randomText(),
    'password of the proxy': randomText(),
    'variable of git': randomText(),
    'variable of the agent': randomText(),
    'file of the agent': randomText(),
    'signing key': randomPem(),
  };
  const file = (name: string, value: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `${value}\n`, { mode: 0o600 });
    return path;
  };
  const prefix = 'https://git.example';
  return {
    known,
    strayKey: randomPem(),
    agentSettings: {
      environment: { MODEL_API_KEY: known['variable of the agent'] },
      environmentFiles: {
        MODEL_LOGIN: file('model-login', known['file of the agent']),
        SIGNING: file('signing', known['signing key']),
      },
    },
    workerSettings: {
      credentials: [{ prefix, passwordFile: file('password', known.password) }],
      forges: [{ prefix, kind: 'gitea', tokenFile: file('token', known['token of the forge']) }],
      gitEnvironment: { FORGE_SECRET: known['variable of git'] },
      // No run goes out, and the server is on this machine.
      network: {
        proxy: `http://verve:${encodeURIComponent(known['password of the proxy'])}@127.0.0.1:9`,
        noProxy: '127.0.0.1',
      },
    },
  };
}

/** A text of which no part stands anywhere else, and that looks different in each form. */
export function randomText(): string {
  const separators = [' ', 'é', '"', '\\', '&', '/', ''];
  return separators.map((separator) => `${randomBytes(6).toString('base64url')}${separator}`).join('');
}

function randomPem(): string {
  const lines = [48, 48, 30].map((bytes) => randomBytes(bytes).toString('base64'));
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n');
}
