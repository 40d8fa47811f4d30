import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../testing/run.ts';
import { checkAuthorities } from './authorities.ts';

const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test.each([
  ['two certificates', rootCertificates.slice(0, 2).join('\n'), 'ok'],
  ['no certificate', 'hello', 'failed'],
  ['a broken one', broken, 'failed'],
])('a file with %s', async (_, text, state) => {
  await using folder = temporaryFolder();
  const caFile = join(folder.path, 'ca.pem');
  writeFileSync(caFile, text);

  expect(await checkAuthorities({ network: { caFile } })).toMatchObject([{ check: 'authorities', state }]);
});

test('a file that is not there is told, and none that is not named', async () => {
  const [missing] = await checkAuthorities({ network: { caFile: '/no/such/file' } });

  expect(missing).toMatchObject({ state: 'failed' });
  expect(await checkAuthorities({ network: {} })).toEqual([]);
});
