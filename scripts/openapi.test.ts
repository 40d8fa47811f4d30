import { readFileSync } from 'node:fs';
import path from 'node:path';

import { openApiDocument } from '@verve/contract/openapi';
import { expect, test } from 'vitest';

test('docs/openapi.json is what the contract says; else run `npm run openapi`', () => {
  const file = path.join(import.meta.dirname, '../docs/openapi.json');

  const committed: unknown = JSON.parse(readFileSync(file, 'utf8'));

  expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});
