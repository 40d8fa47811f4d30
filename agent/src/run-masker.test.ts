import { afterAll, expect, test } from 'vitest';

import { createRunMasker } from './run-masker.ts';
import { createTestRun, shellAgent } from './testing/run.ts';

const run = createTestRun();

afterAll(() => run[Symbol.dispose]());

function mask(text: string, environment: Record<string, string>, secretVariables?: string[]): string {
  run.respec({ agent: { ...shellAgent('true'), ...(secretVariables && { secretVariables }) } });
  return createRunMasker({ spec: run.spec, environment, modelKey: 'the-model-key' })(text);
}

test.each(['MODEL_KEY', 'forge_token', 'CLIENT_SECRET', 'DB_PASSWORD', 'SSH_PASSPHRASE', 'CREDENTIALS'])(
  'the value of %s goes',
  (name) => {
    expect(mask('It is hunter.', { [name]: 'hunter' })).toBe('It is [masked].');
  },
);

test("the model host's key goes, which stands in no variable of the program", () => {
  expect(mask('It is the-model-key.', {})).toBe('It is [masked].');
});

test('values of other variables stay, unless the worker says that they are secret', () => {
  const environment = { MODE: 'production-1', PGPASS: 'hunter2-hunter2' };

  expect(mask('production-1 hunter2-hunter2', environment)).toBe('production-1 hunter2-hunter2');
  expect(mask('production-1 hunter2-hunter2', environment, ['PGPASS'])).toBe('production-1 [masked]');
});

test.each([
  ['base64', Buffer.from('hunter2 & "hunter2"').toString('base64')],
  ['a URL', encodeURIComponent('hunter2 & "hunter2"')],
  ['JSON', JSON.stringify('hunter2 & "hunter2"').slice(1, -1)],
])('a value goes in %s', (_, form) => {
  expect(mask(`It is ${form} and that is it.`, { DB_PASSWORD: 'hunter2 & "hunter2"' })).toBe(
    'It is [masked] and that is it.',
  );
});

test('each line of a value of many goes', () => {
  expect(mask('x second-line-of-it x', { A_KEY: 'first-line-of-it\nsecond-line-of-it\n' })).toBe(
    'x [masked] x',
  );
});

test('what looks like a token goes, whoever it belongs to', () => {
  expect(mask(`See ghp_${'aB3'.repeat(12)}.`, {})).toBe('See [masked].');
});
