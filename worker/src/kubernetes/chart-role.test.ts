import { dumpYaml } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { permissions, rulesOf, uninstallPermissions } from './permissions.ts';

test('the Role of the chart has what the worker needs, and no more (vitest -u writes it anew)', async () => {
  const rules = dumpYaml({ rules: rulesOf(permissions) });

  await expect(rules).toMatchFileSnapshot('../../../charts/verve-worker/files/role.yaml');
});

test('the Role of its removal has what that needs, and no more (vitest -u writes it anew)', async () => {
  const rules = dumpYaml({ rules: rulesOf(uninstallPermissions) });

  await expect(rules).toMatchFileSnapshot('../../../charts/verve-worker/files/cleanup-role.yaml');
});
