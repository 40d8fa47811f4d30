import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { RunAccess } from '@verve/contract';

import { readAccess } from './access.ts';
import { trustedAuthorities, writeAuthorities } from './authorities.ts';
import type { PhaseInput } from './config.ts';
import { helperCommand } from './credential-helper.ts';
import { createGit, type Git } from './git.ts';

/** Of the phase's environment: how the operator lets git reach a remote where `access.json` does not say it. */
const passedOn = [
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'SSH_ASKPASS',
  'SSH_AUTH_SOCK',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
] as const;

const remoteConfig = [
  // A redirect would carry the login, or the work, to where nobody allowed it.
  'http.followRedirects=false',
  // The helper answers for a part of a host.
  'credential.useHttpPath=true',
  // Bytes a second, for so many seconds: a connection that stands still is given up.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
];

/** Git that may reach the run's remote, for checkout and publish. `folder` is the phase's own and empty. */
export function createRemoteGit(input: PhaseInput, folder: string): Git {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return createGit({
    searchPath: input.searchPath,
    home,
    config: [...remoteConfig, `credential.helper=${helperCommand()}`],
    environment: {
      ...pick(input.environment, passedOn),
      ...(input.accessFile !== undefined && { VERVE_ACCESS_FILE: input.accessFile }),
      ...networkEnvironment(readAccess(input.accessFile), folder),
    },
    protocols: protocolOf(input.spec.repository),
  });
}

/** By environment: an address of a proxy may hold a password, which no command line should show. */
function networkEnvironment(access: RunAccess, folder: string): Record<string, string> {
  const { caFile, proxy, noProxy } = access;
  return {
    ...(caFile !== undefined && { GIT_SSL_CAINFO: writeAuthorities(folder, trustedAuthorities(caFile)) }),
    ...(proxy !== undefined && { HTTPS_PROXY: proxy, https_proxy: proxy }),
    ...(noProxy !== undefined && { NO_PROXY: noProxy, no_proxy: noProxy }),
  };
}

/** The one way by which the remote is reached, so that nothing leads git elsewhere. */
function protocolOf(repository: string): string {
  return /^([a-z]+):\/\//.exec(repository)?.[1] ?? 'ssh';
}

function pick(from: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
