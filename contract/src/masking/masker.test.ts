import { expect, test } from 'vitest';

import { limits } from '../limits.ts';
import { seededRandom } from '../testing/random.ts';
import { secretEncodings } from '../testing/secret-encodings.ts';
import { createMasker, mask } from './masker.ts';

const secret = `p&ss "wörd's" 100%/\\x`;

test.each(Object.entries(secretEncodings))('a secret is masked as %s', (_, encode) => {
  const encoded = encode(secret, seededRandom(1));
  const {
    before,
    secret: text,
    after,
  } = typeof encoded === 'string' ? { before: '', secret: encoded, after: '' } : encoded;

  expect(createMasker([secret]).line(`a (${before}${text}${after}) b`)).toBe(
    `a (${before}${mask}${after}) b`,
  );
});

test('each line of a secret is one, and its break in a string too', () => {
  const masker = createMasker(['first-line\r\n  second-line\nshort\n']);

  expect(masker.line('a second-line b short')).toBe(`a ${mask} b short`);
  expect(masker.line('"first-line"')).toBe(`"${mask}"`);
  expect(masker.line(JSON.stringify('>first-line\nsecond-line<'))).toBe(`">${mask}\\n${mask}<"`);
});

test('the base64 of a long secret goes when a program breaks it into lines', () => {
  const long = seededRandom(1).text(300, 'abcdefghij\n');
  const encoded = Buffer.from(long.trim()).toString('base64');
  const masker = createMasker([long]);

  for (const columns of [64, 76]) {
    const lines = encoded.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
    expect(lines.map(masker.line)).toEqual(lines.map(() => mask));
  }
});

test.each(['abcde', 'true', 'Password', '123456', '2026-01-31', ''])(
  'a value that stands in innocent text is none: %j',
  (value) => {
    expect(createMasker([value]).line(`so ${value} is`)).toBe(`so ${value} is`);
  },
);

test('secrets that overlap or touch become one mask', () => {
  const masker = createMasker(['abcdef-1', 'def-1234', 'ghijkl']);

  expect(masker.line('abcdef-1234 ghijklghijkl.')).toBe(`${mask} ${mask}.`);
});

test('a secret that changed is masked as it was and as it is', () => {
  const masker = createMasker(['the-old-one']);

  masker.update(['the-new-one']);

  expect(masker.line('the-old-one the-new-one')).toBe(`${mask} ${mask}`);
});

test('a line that grows by its masks stays within what the server takes', () => {
  const masked = createMasker(['sixsix']).line('sixsix.'.repeat(limits.lineBytes / 7));

  expect(Buffer.byteLength(masked)).toBeLessThanOrEqual(limits.lineBytes);
  expect(masked).toMatch(/^\[masked\]\.\[masked\]\..*cut by Verve/);
});

test('what is masked already stays as it is', () => {
  const masker = createMasker([secret]);
  const masked = masker.line(`${JSON.stringify(secret)} Authorization: Bearer abc-123-def https://u:p@host`);

  expect(masker.line(masked)).toBe(masked);
});

test('a line that ended within a secret tells no more than a few characters of it', () => {
  const masker = createMasker(['one-secret-value', 'an "other" value']);

  expect(masker.line('more of one-secret')).toBe(`more of ${mask}`);
  expect(masker.line('more of "an \\"other\\')).toBe(`more of "${mask}`);
  expect(masker.line('more of one-sec')).toBe('more of one-sec');
});

test('text of many lines is masked line by line', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----';

  expect(createMasker([secret]).text(`a\n${secret}\n${key}`)).toBe(
    `a\n${mask}\n-----BEGIN PRIVATE KEY-----\n${mask}\n-----END PRIVATE KEY-----`,
  );
});

test('text that was cut within a secret tells no more than a few characters of it', () => {
  const masker = createMasker(['one-secret-value']);

  expect(masker.text('Its last words:\nret-value and\nmore of one-secret')).toBe(
    `Its last words:\n${mask} and\nmore of ${mask}`,
  );
});
