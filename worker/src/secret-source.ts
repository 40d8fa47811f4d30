import { readFile, stat } from 'node:fs/promises';

import { isSecretName } from '@verve/contract';
import type { Logger } from 'pino';

import type { WorkerSettings } from './config.ts';
import type { ForgeTokens } from './forge-tokens.ts';
import type { WorkerKey } from './worker-key.ts';

/** How long what was read counts without another look. */
const lookAgainMs = 1_000;
/** A larger file is no key; to look for each of its lines would hide innocent ones. */
const maxBytes = 64 * 1024;

/** What must not leave the worker. */
export interface SecretSource {
  /** The values as they are now; those in files of the settings, give or take a second. A file that cannot be read adds nothing; it never throws. */
  current(): Promise<readonly string[]>;
}

/** What the source reads. */
export interface SecretSourceOptions {
  readonly settings: Pick<WorkerSettings, 'agents' | 'credentials' | 'forges' | 'gitEnvironment' | 'network'>;
  /** The worker's own. */
  readonly key: Pick<WorkerKey, 'all'>;
  /** The tokens that the worker takes itself; absent: none. */
  readonly forgeTokens?: Pick<ForgeTokens, 'secrets'>;
  /** A clock that only goes forward, ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Reads the secrets that the settings have and name: a file is read again when it has changed. */
export function createSecretSource(options: SecretSourceOptions): SecretSource {
  const { settings, key, forgeTokens, now, logger } = options;
  const fixed = [...namedSecrets(settings), ...proxySecrets(settings.network.proxy)];
  const files = secretFiles(settings).map((path) => createSecretFile(path, logger));
  let known: Promise<readonly string[]> | undefined;
  let readAtMs = 0;

  async function readAll(): Promise<readonly string[]> {
    const contents = await Promise.all(files.map(async (file) => file.read()));
    return [...fixed, ...contents];
  }

  return {
    async current() {
      if (!known || now() - readAtMs >= lookAgainMs) {
        readAtMs = now();
        known = readAll();
      }
      return [...key.all(), ...(await known), ...(forgeTokens?.secrets() ?? [])];
    },
  };
}

function secretFiles({ agents, credentials, forges }: SecretSourceOptions['settings']): readonly string[] {
  const paths = [
    ...credentials.map((credential) => credential.passwordFile),
    ...forges.flatMap((forge) => [forge.tokenFile, forge.app?.privateKeyFile]),
    ...agents.flatMap((agent) => [agent.modelHost?.keyFile, ...Object.values(agent.environmentFiles)]),
  ];
  return [...new Set(paths.filter((path) => path !== undefined))];
}

/** Values of variables that are named as secrets are. */
function namedSecrets({ agents, gitEnvironment }: SecretSourceOptions['settings']): string[] {
  const environments = [gitEnvironment, ...agents.map((agent) => agent.environment)];
  return environments
    .flatMap((environment) => Object.entries(environment))
    .flatMap(([name, value]) => (isSecretName(name) ? [value] : []));
}

function proxySecrets(proxy: string | undefined): string[] {
  if (proxy === undefined) return [];
  const { password } = new URL(proxy);
  return password === '' ? [] : [password, decodeURIComponent(password)];
}

const unread = 'secret cannot be read; masked is what its file held before, if it was read ever';

/** A file whose content is secret. */
interface SecretFile {
  /** The content now; the last known while it cannot be read. */
  read(): Promise<string>;
}

function createSecretFile(path: string, logger: Logger): SecretFile {
  let content = '';
  let version = '';
  let isTold = false;

  return {
    async read() {
      try {
        const { mtimeMs, ctimeMs, ino, size } = await stat(path);
        const found = `${mtimeMs} ${ctimeMs} ${ino} ${size}`;
        if (found === version) return content;
        if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
        content = await readFile(path, 'utf8');
        version = found;
        isTold = false;
      } catch (error) {
        if (!isTold) logger.warn({ path, err: error }, unread);
        isTold = true;
      }
      return content;
    },
  };
}
