import { expect, test } from 'vitest';

import { sizeTable } from './size-table.ts';

test('an image has its whole size and its own, beyond its base', () => {
  const base = { base: 'node', baseBytes: 221_000_000 };

  const table = sizeTable([
    { name: 'verve-server:dev', bytes: 248_400_000, ...base },
    { name: 'verve-agent:dev', bytes: 1_000_000_000, ...base },
  ]);

  expect(table.split('\n')).toEqual([
    'image                size  of its own',
    'verve-server:dev   248 MB  27 MB on node',
    'verve-agent:dev   1000 MB  779 MB on node',
  ]);
});
