import type { Span } from './literal-matcher.ts';

/** What a token looks like that nobody has told of. */
export interface TokenShape {
  /** Text that every one begins with, or that stands before it; at least three characters. */
  readonly begin: string;
  /**
   * What to mask of a text that has `begin` at a place; undefined when it is none. `isCut`: the text was cut at its
   * end, so that a token there may be too short. Takes time bounded by what it gives, or by a constant.
   */
  spanAt(text: string, at: number, isCut: boolean): Span | undefined;
}

interface Prefixed {
  /** Separated by spaces. */
  readonly begins: string;
  /** What follows; sticky, one class of characters. */
  readonly rest: RegExp;
  /** The least units of a whole one after its prefix. */
  readonly length: number;
  /** Decides about what else has that shape. */
  readonly isToken?: (rest: string) => boolean;
  /** What must not stand before it. */
  readonly word?: RegExp;
}

const base62 = /[A-Za-z0-9]*/y;
const base64url = /[\w-]*/y;
const dotted = /[\w.-]*/y;

const prefixed: readonly Prefixed[] = [
  { begins: 'ghp_ gho_ ghu_ ghs_ ghr_ github_pat_', rest: /\w*/y, length: 22 },
  {
    begins: 'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- gloas- glffct-',
    rest: dotted,
    length: 20,
  },
  { begins: 'xoxa- xoxb- xoxp- xoxr- xoxs- xoxe- xoxe.xox xapp-', rest: dotted, length: 10 },
  { begins: 'hooks.slack.com/services/', rest: /[A-Za-z0-9/]*/y, length: 20 },
  { begins: 'AKIA ASIA', rest: /[A-Z0-9]{0,17}/y, length: 16, isToken: (rest) => rest.length <= 16 },
  { begins: 'AIza', rest: base64url, length: 35 },
  { begins: 'GOCSPX-', rest: base64url, length: 24 },
  { begins: 'ya29.', rest: dotted, length: 30 },
  {
    // Keys of model hosts. Names of programs and files begin so too.
    begins: 'sk-',
    rest: base64url,
    length: 20,
    isToken: (rest) => /\d/.test(rest) && /[A-Za-z]/.test(rest),
    word: /[\w-]/,
  },
  { begins: 'sk_live_ rk_live_ sk_test_ rk_test_ whsec_', rest: base62, length: 20 },
  { begins: 'npm_', rest: base62, length: 36 },
  { begins: 'verve_', rest: base64url, length: 43 },
  { begins: 'pypi-AgEI', rest: base64url, length: 40 },
  { begins: 'dckr_pat_ dckr_oat_', rest: base64url, length: 20 },
  { begins: 'hf_', rest: base62, length: 34 },
  { begins: 'gsk_ xai-', rest: base62, length: 40 },
  { begins: 'dop_v1_ doo_v1_ rubygems_ lin_api_ shpat_ shpss_', rest: base62, length: 32 },
  { begins: 'hvs. hvb.', rest: base64url, length: 24 },
  { begins: 'SG.', rest: dotted, length: 60 },
  { begins: 'ATATT3 ATCTT3', rest: /[\w=-]*/y, length: 60 },
  { begins: 'AGE-SECRET-KEY-1', rest: /[A-Z0-9]*/y, length: 50 },
];

/** Tokens that are known by what they begin with, and JSON web tokens. */
export const prefixedShapes: readonly TokenShape[] = [
  ...prefixed.flatMap((row) => row.begins.split(' ').map((begin) => prefixedShape(begin, row))),
  { begin: 'eyJ', spanAt: webTokenAt },
];

function prefixedShape(begin: string, row: Prefixed): TokenShape {
  const { rest, length, isToken = () => true, word } = row;
  return {
    begin,
    spanAt(text, at, isCut) {
      if (!isTokenStart(text, at, word)) return undefined;
      const found = matchAt(rest, text, at + begin.length);
      const end = at + begin.length + found.length;
      const isBeginning = isCut && end === text.length;
      return isBeginning || (found.length >= length && isToken(found)) ? { start: at, end } : undefined;
    },
  };
}

/** Three parts with dots between; the first is JSON. */
function webTokenAt(text: string, at: number, isCut: boolean): Span | undefined {
  if (!isTokenStart(text, at, /[\w-]/)) return undefined;
  const whole = matchAt(/eyJ[\w-]{8,}\.[\w-]{8,}\.[\w.-]*/y, text, at);
  if (whole !== '') return { start: at, end: at + whole.length };
  const begun = isCut ? matchAt(/eyJ[\w-]*(?:\.[\w-]*)?/y, text, at) : '';
  return isCut && at + begun.length === text.length ? { start: at, end: text.length } : undefined;
}

/** What a sticky expression matches at a place; empty when nothing. */
export function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

const escapeBefore = /(?:\\[a-z]|\\u[\da-f]{4}|\\x[\da-f]{2}|%[\da-f]{2}|\p{Cc}\[[\d;]{0,12}m)$/iu;

/** Nothing of a word stands before it; an escape that ends in a letter is none. */
function isTokenStart(text: string, at: number, word = /[A-Za-z0-9]/): boolean {
  if (at === 0 || !word.test(text[at - 1] ?? '')) return true;
  return escapeBefore.test(text.slice(Math.max(0, at - 16), at));
}
