import type { Span } from './literal-matcher.ts';
import { matchAt, type TokenShape } from './token-shapes.ts';

/** Between a name and its value: `name: "value`, `name=value`, `\"name\":\"value`, `--name value`. */
const separator = /[\\"'\]]{0,5}(?:\s{0,3}(?:[:=]>?|=>)\s{0,3}|\s)[\\"']{0,4}/y;

const scheme = /(?:bearer|basic|token|digest|negotiate|apikey|bot)\s{1,3}/iy;
// None goes over an equals sign, after which the next name could begin: that keeps the time linear.
const headerValue = /[^\s"'\\,;<>{}$=]*={0,2}/y;
const tokenValue = /[\w.~+/-]*={0,2}/y;

/** A name that is followed by a secret. */
interface Named {
  /** Separated by spaces; without the first letter where that may be a capital. */
  readonly names: string;
  readonly value: RegExp;
  readonly isSecret: (value: string) => boolean;
}

const named: readonly Named[] = [
  {
    names: 'rivate-token RIVATE-TOKEN api-key Api-Key API-KEY ob-token OB-TOKEN authToken',
    value: tokenValue,
    isSecret: (value) => value.length >= 16 && /\d/.test(value),
  },
  {
    // What Gitea and others give looks like a commit.
    names: 'token Token TOKEN',
    value: /[\da-fA-F]{0,41}/y,
    isSecret: (value) => value.length === 40,
  },
  {
    names: 'ecret_access_key ECRET_ACCESS_KEY ecretAccessKey ession_token ESSION_TOKEN essionToken',
    value: /[A-Za-z0-9/+]*={0,2}/y,
    isSecret: (value) => value.length >= 40,
  },
];

/** Secrets that are known only by what stands before them: headers, settings, URLs. */
export const contextShapes: readonly TokenShape[] = [
  ...named.flatMap(({ names, ...row }) => names.split(' ').map((begin) => namedShape({ begin, ...row }))),
  ...['uthorization', 'UTHORIZATION'].map((begin) => ({ begin, spanAt: authorizationAt(begin) })),
  ...['earer ', 'EARER '].map((begin) => ({ begin, spanAt: bearerAt })),
  { begin: '://', spanAt: userInfoAt },
];

function namedShape({ begin, value, isSecret }: Omit<Named, 'names'> & { begin: string }): TokenShape {
  return {
    begin,
    spanAt(text, at, isCut) {
      const between = matchAt(separator, text, at + begin.length);
      if (between === '') return undefined;
      const start = at + begin.length + between.length;
      const found = matchAt(value, text, start);
      const isBeginning = isCut && found.length > 0 && start + found.length === text.length;
      return isBeginning || isSecret(found) ? { start, end: start + found.length } : undefined;
    },
  };
}

function authorizationAt(begin: string): TokenShape['spanAt'] {
  return (text, at, isCut) => {
    const between = matchAt(separator, text, at + begin.length);
    if (between === '') return undefined;
    const schemeAt = at + begin.length + between.length;
    const found = matchAt(scheme, text, schemeAt);
    const start = schemeAt + found.length;
    const value = matchAt(headerValue, text, start);
    const end = start + value.length;
    const isBeginning = isCut && value !== '' && end === text.length;
    return isBeginning || isCredential(found.trim().toLowerCase(), value) ? { start, end } : undefined;
  };
}

function isCredential(found: string, value: string): boolean {
  if (found === 'basic') return Buffer.from(value, 'base64').includes(':');
  if (found !== '') return value.length >= 8 && !/^[a-z]+[.:]?$/.test(value);
  return value.length >= 16 && /\d/.test(value);
}

function bearerAt(text: string, at: number, isCut: boolean): Span | undefined {
  const start = at + 'earer '.length;
  const value = matchAt(tokenValue, text, start);
  const end = start + value.length;
  const isWhole = value.length >= 16 && /\d/.test(value);
  return isWhole || (isCut && value !== '' && end === text.length) ? { start, end } : undefined;
}

/** `user:password@`, and a user so long that it is a token. */
function userInfoAt(text: string, at: number, isCut: boolean): Span | undefined {
  const start = at + '://'.length;
  const authority = matchAt(/[^\s/?#"'<>`\\]*/y, text, start);
  const length = authority.lastIndexOf('@');
  const [user = '', password = ''] = authority.slice(0, Math.max(0, length)).split(/:(.*)/s);
  if (password !== '' || user.length >= 20) return { start, end: start + length };
  const isBegun = isCut && length < 0 && start + authority.length === text.length;
  return isBegun && /:.*\D/.test(authority) ? { start, end: text.length } : undefined;
}
