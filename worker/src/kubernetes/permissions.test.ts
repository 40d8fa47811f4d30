import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { permissions, rulesOf, uninstallPermissions, type Permission } from './permissions.ts';

test.each([
  ['Rights', permissions],
  ['Take it away', uninstallPermissions],
])('the document for operators has each right below "%s", and no other', (heading, rights) => {
  const text = readFileSync(new URL('../../../docs/operations-worker.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split(`\n### ${heading}\n`);

  const rows = section
    .split(/\n##+ /)[0]
    ?.split('\n')
    .filter((line) => line.startsWith('| '));

  const told = rights.map(
    ({ group, resource, verbs, why }) =>
      `| ${group || '–'} | \`${resource}\` | ${verbs.join(', ')} | ${why} |`,
  );
  expect(rows).toEqual(['| group | resource | verbs | why |', ...told]);
});

test('rights with the same verbs share a rule, in an order of its own', () => {
  const right = (resource: string, verbs: readonly string[]): Permission => ({
    group: 'x',
    resource,
    verbs,
    why: '',
  });

  const rules = rulesOf([right('b', ['list', 'get']), right('c', ['get']), right('a', ['get', 'list'])]);

  expect(rules).toEqual([
    { apiGroups: ['x'], resources: ['a', 'b'], verbs: ['get', 'list'] },
    { apiGroups: ['x'], resources: ['c'], verbs: ['get'] },
  ]);
  expect(rulesOf(permissions.toReversed())).toEqual(rulesOf(permissions));
});

test('the worker needs no right to read a Secret', () => {
  const verbs = permissions.filter(({ resource }) => resource === 'secrets').flatMap((one) => one.verbs);

  expect(verbs).toEqual(['create', 'patch', 'delete']);
});
