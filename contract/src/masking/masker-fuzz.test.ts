import { expect, test } from 'vitest';

import { limits } from '../limits.ts';
import { createLineSplitter, splitCutLine } from '../lines.ts';
import { seededRandom, type Random } from '../testing/random.ts';
import { secretEncodings, type Encoded } from '../testing/secret-encodings.ts';
import { minCutLength } from './literal-matcher.ts';
import { createMasker, mask } from './masker.ts';

const seed = 20_260_131;
const rounds = 60;
const linesPerRound = 40;
const encodings = Object.entries(secretEncodings);
const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('');
const innocent = ' abcdefghij klmnopqrst uvwxyz 0123456789 .,;:()[]{}-+*!?%\\äöü€';

test('secrets in every form go, wherever the stream is cut, and nothing else does', () => {
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round++) {
    const secrets = Array.from({ length: 5 }, () => secretOf(random));
    const lines = Array.from({ length: linesPerRound }, () => plantedLine(secrets, random));

    const masked = maskStream(secrets, lines.map((line) => line.text).join('\n'), random);

    expect(masked).toEqual(lines.map((line) => line.masked));
  }
});

test.each(encodings)(
  'no more than a few characters are left of a secret that a cut went through: %s',
  (_, encode) => {
    const random = seededRandom(seed);
    for (let round = 0; round < 15; round++) {
      const secret = `${random.text(30, 'aZ9')}${secretOf(random)}`;
      const { before, secret: encoded } = taken(encode(secret, random));
      const few = Math.max(
        minCutLength * 3,
        taken(encode(secret.slice(0, minCutLength), random)).secret.length,
      );
      // Where the splitter cuts, give or take the length of the form.
      const head = 'x '
        .repeat(limits.lineBytes)
        .slice(0, limits.lineBytes - 80 - random.below(encoded.length));

      const [line = ''] = maskStream([secret], `${head}${before}${encoded}${'y'.repeat(200)}`, random);

      const { text, cutMark } = splitCutLine(line);
      const rest = text.slice(head.length + before.length);
      expect(text.startsWith(head)).toBe(true);
      expect(cutMark).not.toBe('');
      expect(rest.length < few || rest.startsWith(mask)).toBe(true);
    }
  },
);

function secretOf(random: Random): string {
  const inner = random.text(6 + random.below(40), printable);
  // A value of a file has no space at its ends.
  return `${random.text(1, 'QX')}${inner}${random.text(1, 'ZJ')}`;
}

function taken(encoded: string | Encoded): Encoded {
  return typeof encoded === 'string' ? { before: '', secret: encoded, after: '' } : encoded;
}

function plantedLine(secrets: readonly string[], random: Random): { text: string; masked: string } {
  let [text, masked] = ['', ''];
  for (let plants = random.below(4); plants >= 0; plants--) {
    const between = `${random.text(random.below(60), innocent)} `;
    text += between;
    masked += between;
    if (plants === 0) break;
    const [, encode] = encodings[random.below(encodings.length)] ?? [];
    const secret = secrets[random.below(secrets.length)] ?? '';
    const { before, secret: encoded, after } = taken(encode?.(secret, random) ?? secret);
    text += `"${before}${encoded}${after}" `;
    masked += `"${before}${mask}${after}" `;
  }
  return { text, masked };
}

/** Through the splitter in pieces of random length, then line by line through the masker. */
function maskStream(secrets: readonly string[], text: string, random: Random): string[] {
  const splitter = createLineSplitter();
  const masker = createMasker(secrets).lines(0);
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const next = at + 1 + random.below(Math.max(200, bytes.length / 20));
    lines.push(...splitter.push(bytes.subarray(at, next)));
    at = next;
  }
  return [...lines, ...splitter.end()].map(masker.mask);
}
