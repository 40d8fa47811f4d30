import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { seededRandom } from '../testing/random.ts';
import { createMasker } from './masker.ts';

test('no line of real builds is masked', () => {
  const fixture = new URL('../testing/build-logs.txt.gz', import.meta.url);
  const lines = gunzipSync(readFileSync(fixture)).toString().trimEnd().split('\n');
  const random = seededRandom(1);
  const secrets = Array.from({ length: 50 }, () => random.bytes(20).toString('base64'));
  const masker = createMasker(secrets).lines(0);

  const masked = lines.filter((line) => masker.mask(line) !== line);

  expect(lines.length).toBeGreaterThan(10_000);
  expect(masked).toEqual([]);
});
