import { readFile } from 'node:fs/promises';

import type { Phase, RunAccess } from '@verve/contract';

import type { RunRequest } from '../../executor.ts';
import { paths } from './pod-paths.ts';

const accessFile = 'access.json';
const authoritiesKey = 'authorities.pem';
const forgeTokenKey = 'forge-token';

/** The key of a variable of a phase's environment in the Secret. */
export function environmentKey(phase: Phase, variable: string): string {
  return `${phase === 'agent' ? 'agent' : 'git'}.${variable}`;
}

/** The keys of the Secret that are files of checkout and publish. */
export function accessKeys({ access }: Pick<RunRequest, 'access'>): readonly string[] {
  return [accessFile, ...Object.keys(filesOf(access))];
}

/**
 * The content of the Secret that a run logs in with: the files that `access` names, read now, `access.json` with
 * the places where checkout and publish find them, and both environments. Throws when a file cannot be read.
 */
export async function accessSecretOf(request: RunRequest): Promise<Record<string, string>> {
  const { access, agentEnvironment, gitEnvironment } = request;
  const files = Object.entries(filesOf(access));
  const contents = await Promise.all(files.map(async ([key, path]) => [key, await readFile(path, 'utf8')]));
  const variables = (phase: Phase, given: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(given).map(([name, value]) => [environmentKey(phase, name), value]);
  return {
    [accessFile]: JSON.stringify(relocated(access)),
    ...Object.fromEntries(contents),
    ...Object.fromEntries(variables('agent', agentEnvironment)),
    ...Object.fromEntries(variables('checkout', gitEnvironment)),
  };
}

/** Key in the Secret → path at the worker. */
function filesOf({ credentials, forgeTokenFile, caFile }: RunAccess): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(credentials.map(({ passwordFile }, n) => [`password-${n}`, passwordFile])),
    ...(forgeTokenFile !== undefined && { [forgeTokenKey]: forgeTokenFile }),
    ...(caFile !== undefined && { [authoritiesKey]: caFile }),
  };
}

function relocated(access: RunAccess): RunAccess {
  const at = (key: string): string => `${paths.access}/${key}`;
  return {
    ...access,
    credentials: access.credentials.map((one, n) => ({ ...one, passwordFile: at(`password-${n}`) })),
    ...(access.forgeTokenFile !== undefined && { forgeTokenFile: at(forgeTokenKey) }),
    ...(access.caFile !== undefined && { caFile: at(authoritiesKey) }),
  };
}
