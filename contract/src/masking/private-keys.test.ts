import { generateKeyPairSync } from 'node:crypto';

import { expect, test } from 'vitest';

import { createMasker, mask } from './masker.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const keyLines = privateKey.trim().split('\n');

function maskAll(lines: readonly string[]): string[] {
  return lines.map(createMasker().lines(0).mask);
}

test.each(['', '  ', '+', '| ', '2026-01-31T12:00:00Z app-1  | '])(
  'a private key goes but for its first and last line, after %j',
  (prefix) => {
    const masked = maskAll([...keyLines.map((line) => prefix + line), 'after it']);

    expect(masked[0]).toBe(prefix + keyLines[0]);
    expect(new Set(masked.slice(1, -2))).toEqual(new Set([mask]));
    expect(masked.at(-2)).toBe(prefix + keyLines.at(-1));
    expect(masked.at(-1)).toBe('after it');
  },
);

test('a private key in one line goes', () => {
  const [masked = ''] = maskAll([JSON.stringify({ key: privateKey })]);

  expect(masked).toBe(`{"key":"-----BEGIN PRIVATE KEY-----${mask}-----END PRIVATE KEY-----\\n"}`);
});

test('headers within a private key do not end it', () => {
  const masked = maskAll([
    '-----BEGIN RSA PRIVATE KEY-----',
    'Proc-Type: 4,ENCRYPTED',
    '',
    ...keyLines.slice(1),
  ]);

  expect(masked.join('\n')).not.toContain(keyLines[1]);
});

test('a public key stays, and so does what follows a mention of a private one', () => {
  const lines = [
    ...publicKey.trim().split('\n'),
    "if (text.startsWith('-----BEGIN PRIVATE KEY-----')) {",
    '  return true;',
    '}',
  ];

  expect(maskAll(lines)).toEqual(lines);
});

test('who goes on within a key masks the rest of it', () => {
  const first = createMasker().lines(0);
  for (const line of keyLines.slice(0, 5)) first.mask(line);

  const rest = keyLines.slice(5, -1).map(createMasker().lines(first.state).mask);

  expect(new Set(rest)).toEqual(new Set([mask]));
});
