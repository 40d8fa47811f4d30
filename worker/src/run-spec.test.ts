import { claim } from '@verve/contract';
import { expect, test } from 'vitest';

import { loadConfig } from './config.ts';
import { specOf } from './run-spec.ts';
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
  const forge = {
    prefix: 'git@git.example:acme',
    kind: 'gitea',
    apiUrl: 'https://git.example/api/v1',
    tokenFile: '/token',
  } as const;
  const task = taskOf({ repository: 'git@git.example:acme/app' });

  const spec = specOf({ ...settings, forges: [forge] }, { task, attempt: 1, leaseSeconds: 1 });

  expect(spec.forge).toEqual({ kind: 'gitea', apiUrl: forge.apiUrl });
});
