import { expect, test } from 'vitest';

import { callsByRole, callsOf } from './audited-calls.ts';

function eventOf(verb: string, objectRef: object, role: string): string {
  const reason = `RBAC: allowed by RoleBinding "${role}/verve" of Role "${role}" to ServiceAccount "${role}/verve"`;
  return JSON.stringify({ verb, objectRef, annotations: { 'authorization.k8s.io/reason': reason } });
}

test('calls are counted for the Role that allowed them, by verb, resource and group', async () => {
  const pod = { resource: 'pods', namespace: 'verve', apiVersion: 'v1' };
  const log = [
    eventOf('get', { ...pod, subresource: 'log' }, 'verve-worker'),
    eventOf('create', { resource: 'jobs', apiGroup: 'batch' }, 'verve-worker'),
    eventOf('create', { resource: 'jobs', apiGroup: 'batch' }, 'verve-worker'),
    eventOf('list', pod, 'verve-worker-cleanup'),
    JSON.stringify({ verb: 'list', objectRef: pod, user: { username: 'verve-worker' } }),
  ];
  async function* lines(): AsyncGenerator<string> {
    yield* log;
  }

  expect((await callsByRole(lines())).get('verve-worker')).toEqual(
    new Map([
      ['get pods/log', 1],
      ['create jobs.batch', 2],
    ]),
  );
});

test('a rule stands for each verb on each resource', () => {
  const rules = [{ apiGroups: ['', 'batch'], resources: ['jobs'], verbs: ['get', 'list'] }];

  expect(callsOf(rules)).toEqual(new Set(['get jobs', 'list jobs', 'get jobs.batch', 'list jobs.batch']));
});
