import { expect, test } from 'vitest';

import { fixOfFile } from './mounted-file.ts';

test.each([
  ['secrets', 'secret generic company --from-file=ca.pem=…'],
  ['config-maps', 'configmap company --from-file=ca.pem=…'],
])('a file that the chart mounts from %s is mended where it comes of', (folder, command) => {
  const fix = fixOfFile(`/etc/verve/${folder}/company/ca.pem`, 'Write it.');

  expect(fix).toContain(`kubectl create ${command}`);
});

test('any other is mended where it is', () => {
  expect(fixOfFile('/etc/verve/git-token', 'Write it.')).toBe('Write it.');
});
