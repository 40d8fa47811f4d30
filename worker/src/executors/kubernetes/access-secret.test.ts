import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RunRequest } from '../../executor.ts';
import { requestOf, shellSpec, temporaryFolder } from '../../testing/run.ts';
import { accessKeys, accessSecretOf, environmentKey } from './access-secret.ts';

function requestFrom(folder: string): RunRequest {
  const fileOf = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `the content of ${name}`);
    return path;
  };
  return {
    ...requestOf(shellSpec('https://git.example/x.git', 'true')),
    agentEnvironment: { VERVE_MODEL_KEY: 'the model key' },
    gitEnvironment: { GIT_SSH_COMMAND: 'ssh -v' },
    access: {
      credentials: [
        { prefix: 'https://git.example', username: 'a', passwordFile: fileOf('first') },
        { prefix: 'https://git.example/x', username: 'b', passwordFile: fileOf('second') },
      ],
      forgeTokenFile: fileOf('token'),
      caFile: fileOf('ca'),
      proxy: 'http://proxy.example',
    },
  };
}

test('the Secret has the files, where they are found, and the variables', async () => {
  await using folder = temporaryFolder();

  const { 'access.json': access, ...rest } = await accessSecretOf(requestFrom(folder.path));

  expect(rest).toEqual({
    'password-0': 'the content of first',
    'password-1': 'the content of second',
    'forge-token': 'the content of token',
    'authorities.pem': 'the content of ca',
    'agent.VERVE_MODEL_KEY': 'the model key',
    'git.GIT_SSH_COMMAND': 'ssh -v',
  });
  expect(JSON.parse(access ?? '')).toEqual({
    credentials: [
      { prefix: 'https://git.example', username: 'a', passwordFile: '/verve/access/password-0' },
      { prefix: 'https://git.example/x', username: 'b', passwordFile: '/verve/access/password-1' },
    ],
    forgeTokenFile: '/verve/access/forge-token',
    caFile: '/verve/access/authorities.pem',
    proxy: 'http://proxy.example',
  });
});

test('what checkout and publish see as files has no variable of the agent', async () => {
  await using folder = temporaryFolder();
  const request = requestFrom(folder.path);

  expect(accessKeys(request)).toEqual([
    'access.json',
    'password-0',
    'password-1',
    'forge-token',
    'authorities.pem',
  ]);
  expect(environmentKey('agent', 'A')).toBe('agent.A');
  expect([environmentKey('checkout', 'A'), environmentKey('publish', 'A')]).toEqual(['git.A', 'git.A']);
});

test('a run that logs in nowhere has a Secret all the same', async () => {
  const request = requestOf(shellSpec('https://git.example/x.git', 'true'));

  expect(await accessSecretOf(request)).toEqual({ 'access.json': '{"credentials":[]}' });
});

test('a file is read anew each time, and one that is missing is an error', async () => {
  await using folder = temporaryFolder();
  const request = requestFrom(folder.path);
  await accessSecretOf(request);
  writeFileSync(join(folder.path, 'token'), 'another');

  expect(await accessSecretOf(request)).toMatchObject({ 'forge-token': 'another' });
  const access = { ...request.access, caFile: join(folder.path, 'absent') };
  await expect(accessSecretOf({ ...request, access })).rejects.toThrow('ENOENT');
});
