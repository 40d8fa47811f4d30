import { expect, test } from 'vitest';

import { loadConfig } from './config.ts';
import { specOf } from './policy.ts';
import { taskOf } from './testing/fake-server.ts';

test('a run is told which variables of its agent come from files, by name alone', () => {
  const { settings } = loadConfig({ VERVE_KEY: 'k' });
  const [agent] = settings.agents;
  if (!agent) throw new Error('there is no agent');
  const agents = [{ ...agent, environmentFiles: { PGPASS: '/secrets/pgpass' } }];

  const spec = specOf({ ...settings, agents }, { task: taskOf({}), attempt: 1, leaseSeconds: 1 });

  expect(spec.agent.secretVariables).toEqual(['PGPASS']);
  expect(JSON.stringify(spec)).not.toContain('/secrets/pgpass');
});
