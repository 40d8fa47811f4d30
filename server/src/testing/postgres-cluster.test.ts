import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

test('whoever brings Postgres along keeps the exit code: failed tests fail', () => {
  const file = pathToFileURL(join(import.meta.dirname, 'postgres-cluster.ts'));
  const script = `await import(${JSON.stringify(file.href)}); process.exitCode = 7;`;

  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );

  expect(stderr).toBe('');
  expect(status).toBe(7);
});
