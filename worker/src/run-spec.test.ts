import { claim } from '@verve/contract';
import { expect, test } from 'vitest';

import { loadConfig } from './config.ts';
import type { ForgeSettings } from './forge-settings.ts';
import { accessOf, specOf } from './run-spec.ts';
import { taskOf } from './testing/fake-server.ts';

const { settings } = loadConfig({ VERVE_KEY: 'k' });

test('a run is told which variables of its agent come from files, by name alone', () => {
  const [agent] = settings.agents;
  if (!agent) throw new Error('there is no agent');
  const agents = [{ ...agent, environmentFiles: { PGPASS: '/secrets/pgpass' } }];

  const spec = specOf({ ...settings, agents }, { task: taskOf({}), attempt: 1, leaseSeconds: 1 });

  expect(spec.agent.secretVariables).toEqual(['PGPASS']);
  expect(JSON.stringify(spec)).not.toContain('/secrets/pgpass');
});

test('nothing that the server sends changes what the worker allows', () => {
  const repository = 'https://git.example/acme/app.git';
  const grasping = {
    ...taskOf({ repository, agent: 'demo' }),
    command: ['id'],
    driver: 'command',
    environment: { A: 'b' },
    mayChangeWorkflows: true,
    logLevel: 'full',
    runLogs: 'full',
    author: { name: 'Eve', email: 'eve@evil.example' },
    forge: { kind: 'gitea', apiUrl: 'https://evil.example' },
    repositories: ['**'],
    branch: 'main',
  };
  const own = specOf(
    settings,
    claim.parse({ task: taskOf({ id: grasping.id, repository }), attempt: 1, leaseSeconds: 1 }),
  );

  const spec = specOf(settings, claim.parse({ task: grasping, attempt: 1, leaseSeconds: 1 }));

  expect(spec).toEqual(own);
  expect(spec).toMatchObject({
    branch: `verve/${grasping.id}`,
    mayChangeWorkflows: false,
    logLevel: 'events',
    forge: { kind: 'none' },
    agent: { driver: 'demo' },
  });
});

test('a repository in the scp form finds its forge', () => {
  const forge: ForgeSettings = {
    prefix: 'git@git.example:acme',
    kind: 'gitea',
    apiUrl: 'https://git.example/api/v1',
    tokenFile: '/token',
    pullRequest: { draft: true, labels: ['verve'], reviewers: [], assignees: [] },
  };
  const task = taskOf({ repository: 'git@git.example:acme/app' });

  const spec = specOf({ ...settings, forges: [forge] }, { task, attempt: 1, leaseSeconds: 1 });

  expect(spec.forge).toEqual({ kind: 'gitea', apiUrl: forge.apiUrl, pullRequest: forge.pullRequest });
});

test.each([
  ['https://github.com/acme/app.git', { kind: 'github', apiUrl: 'https://api.github.com' }],
  ['https://gitlab.com/acme/team/app.git', { kind: 'gitlab', apiUrl: 'https://gitlab.com/api/v4' }],
  ['https://git.example/acme/app.git', { kind: 'none' }],
])('the forge of %s is known where a credential is there', (repository, forge) => {
  const credentials = ['https://github.com', 'https://gitlab.com', 'https://git.example'].map((prefix) => ({
    prefix,
    username: 'verve',
    passwordFile: '/password',
  }));
  const task = taskOf({ repository });

  const spec = specOf({ ...settings, credentials }, { task, attempt: 1, leaseSeconds: 1 });
  const access = accessOf({ ...settings, credentials }, spec);

  expect(spec.forge).toMatchObject(forge);
  expect(access.forgeTokenFile).toBe(forge.kind === 'none' ? undefined : '/password');
  expect(specOf(settings, { task, attempt: 1, leaseSeconds: 1 }).forge.kind).toBe('none');
});

test.each([
  ['https://github.com/acme/app', undefined, { username: 'x-access-token', passwordFile: '/taken' }],
  ['https://github.com/acme/app', '/password', { username: 'verve', passwordFile: '/password' }],
  ['git@github.com:acme/app', undefined, undefined],
])(
  'a token that the worker takes for %s logs git in where no credential does (%s)',
  (repository, password, login) => {
    const credentials =
      password === undefined
        ? []
        : [{ prefix: 'https://github.com', username: 'verve', passwordFile: password }];

    const access = accessOf({ ...settings, credentials }, { repository }, '/taken');

    expect(access.forgeTokenFile).toBe('/taken');
    expect(access.credentials).toMatchObject(login ? [login] : []);
  },
);

test('an agent is told its model host, its bounds and what its model costs, and no key', () => {
  const [agent] = settings.agents;
  if (!agent) throw new Error('there is no agent');
  const modelHost = { baseUrl: 'https://models.example', keyFile: '/secrets/model-key' };
  const agents = [{ ...agent, driver: 'claude' as const, model: 'large', modelHost, maxCostUsd: 2 }];
  const prices = { large: { inputUsd: 3, outputUsd: 15 } };

  const spec = specOf({ ...settings, agents, prices }, { task: taskOf({}), attempt: 1, leaseSeconds: 1 });

  expect(spec.agent).toMatchObject({
    model: 'large',
    modelHost: { baseUrl: 'https://models.example' },
    maxCostUsd: 2,
    price: prices.large,
  });
  expect(JSON.stringify(spec)).not.toContain('/secrets/model-key');
});

test('a model that a task names as a part of any object has no price', () => {
  const task = { ...taskOf({}), model: 'constructor' };

  const spec = specOf(settings, { task, attempt: 1, leaseSeconds: 1 });

  expect(spec.agent.model).toBe('constructor');
  expect(spec.agent.price).toBeUndefined();
});
