import type { Random } from './random.ts';

/** What a program makes of a secret, and what of that may stay. */
export interface Encoded {
  readonly before: string;
  /** Must be masked. */
  readonly secret: string;
  readonly after: string;
}

type Encode = (secret: string, random: Random) => string | Encoded;

/** How programs write what they were given, each written without regard to how the masker looks for it. */
export const secretEncodings: Readonly<Record<string, Encode>> = {
  raw: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64 without padding': (secret) => Buffer.from(secret).toString('base64').replaceAll('=', ''),
  'base64 of a line': (secret) => Buffer.from(`${secret}\n`).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  'base64 within more': (secret, random) => withinBase64(secret, random, 'base64'),
  'base64url within more': (secret, random) => withinBase64(secret, random, 'base64url'),
  'base64 within a query': (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  'hex in capitals': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  encodeURIComponent: (secret) => encodeURIComponent(secret),
  encodeURI: (secret) => encodeURI(secret),
  'form of a query': (secret) => new URLSearchParams({ '': secret }).toString().slice(1),
  'every byte in percent': (secret, random) => percent(secret, () => true, random),
  'some bytes in percent': (secret, random) => percent(secret, () => random.below(2) === 0, random),
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  'JSON in JSON': (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  'JSON with \\u': (secret) => allEscaped(secret),
  'JSON with \\u in capitals': (secret) =>
    allEscaped(secret).replaceAll(/[\da-f]{4}/g, (code) => code.toUpperCase()),
  'JSON with escaped slashes': (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'JSON for HTML': (secret) =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll(/[<>&']/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
  'C with \\x': (secret) =>
    [...Buffer.from(secret)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  'C with octal': (secret) =>
    [...Buffer.from(secret)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  "a shell's quotes": (secret) => secret.replaceAll("'", "'\\''"),
  "Python's shell quotes": (secret) => secret.replaceAll("'", `'"'"'`),
  "a shell's backslashes": (secret) => secret.replaceAll(/[^\w./@:-]/g, (char) => `\\${char}`),
  'a shell in JSON': (secret) => JSON.stringify(secret.replaceAll("'", "'\\''")).slice(1, -1),
  XML: (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
};

function allEscaped(secret: string): string {
  return secret.replaceAll(/./g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function percent(secret: string, isEscaped: () => boolean, random: Random): string {
  const escape = (byte: number): string => {
    const hex = byte.toString(16).padStart(2, '0');
    return `%${random.below(2) === 0 ? hex : hex.toUpperCase()}`;
  };
  return [...Buffer.from(secret)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return byte > 0x7e || char === '%' || isEscaped() ? escape(byte) : char;
    })
    .join('');
}

/** The characters that hold bits of the secret alone must go. What follows differs in its first bit from an end. */
function withinBase64(secret: string, random: Random, encoding: 'base64' | 'base64url'): Encoded {
  const before = random.bytes(random.below(6));
  const bytes = Buffer.from(secret);
  const after = Buffer.concat([Buffer.of(0xff), random.bytes(2 + random.below(6))]);
  const encoded = Buffer.concat([before, bytes, after]).toString(encoding);
  const start = Math.ceil((before.length * 8) / 6);
  const end = Math.floor(((before.length + bytes.length) * 8) / 6);
  return { before: encoded.slice(0, start), secret: encoded.slice(start, end), after: encoded.slice(end) };
}
