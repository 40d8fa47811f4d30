import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { root } from '../programs.ts';
import { networkPolicy } from './network-policy.ts';

const page = readFileSync(join(root, 'docs', 'operations-worker.md'), 'utf8');

test('the policy that people copy is the one that is tested', () => {
  const [, text = ''] = /```yaml\n(apiVersion: networking[^]*?)```/.exec(page) ?? [];

  expect(parse(text)).toEqual(networkPolicy({ mode: 'public', allow: [] }));
});
