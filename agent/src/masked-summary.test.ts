import { expect, test } from 'vitest';

import { withoutSecrets } from './masked-summary.ts';

test.each(['MODEL_KEY', 'forge_token', 'CLIENT_SECRET', 'DB_PASSWORD', 'SSH_PASSPHRASE', 'CREDENTIALS'])(
  'the value of %s goes from a summary',
  (name) => {
    expect(withoutSecrets('It is hunter2-hunter2.', { [name]: 'hunter2-hunter2' })).toBe('It is ***.');
  },
);

test('values of other variables stay', () => {
  expect(withoutSecrets('Built for production.', { MODE: 'production' })).toBe('Built for production.');
});
