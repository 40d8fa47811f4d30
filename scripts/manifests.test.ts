import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

test('without helm the command says that it is missing', () => {
  const script = join(import.meta.dirname, 'manifests.ts');

  const { status, stderr } = spawnSync(process.execPath, [script], { env: { PATH: '' }, encoding: 'utf8' });

  expect(stderr).toBe(
    'manifests: manifests/server is made by helm, but there is no helm on the PATH (3.17 or newer)\n',
  );
  expect(status).toBe(1);
});
