import type { Span } from './literal-matcher.ts';

/** A text with some of its escapes undone, and the way back. */
export interface DecodedView {
  readonly text: string;
  /** Where a part of the view stands in the text that it was made of. */
  readonly sourceOf: (span: Span) => Span;
}

/** One UTF-16 unit, and how many it takes in the source. */
interface Escape {
  readonly char: string;
  readonly length: number;
}

interface Decoder {
  readonly mark: string;
  /** What is escaped at a mark; undefined when it is no escape. */
  readonly escapeAt: (text: string, at: number) => Escape | undefined;
}

/** How deep escapes are nested at most: JSON in JSON, say. */
const depth = 2;

const plainEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001B',
};

const percent: Decoder = {
  mark: '%',
  escapeAt: (text, at) => byCode(text, at, { skip: 1, digits: /^[\da-fA-F]{2}/, base: 16 }),
};

const octal: Code = { skip: 1, digits: /^[0-3][0-7]{2}/, base: 8 };
const codes: Readonly<Record<string, Code>> = {
  u: { skip: 2, digits: /^[\da-fA-F]{4}/, base: 16 },
  x: { skip: 2, digits: /^[\da-fA-F]{2}/, base: 16 },
};

/** JSON, C and the shell: \n, \", \u0041, \x41, \101, and any character as itself. */
const backslash: Decoder = {
  mark: '\\',
  escapeAt(text, at) {
    const next = text[at + 1];
    if (next === undefined) return undefined;
    return byCode(text, at, codes[next] ?? octal) ?? { char: plainEscapes[next] ?? next, length: 2 };
  },
};

interface Code {
  readonly skip: number;
  readonly digits: RegExp;
  readonly base: number;
}

function byCode(text: string, at: number, { skip, digits, base }: Code): Escape | undefined {
  const [code] = digits.exec(text.slice(at + skip, at + skip + 4)) ?? [];
  if (code === undefined) return undefined;
  return { char: String.fromCharCode(Number.parseInt(code, base)), length: skip + code.length };
}

/** The text itself, and every other reading of it when its escapes are undone, of URLs, of strings, or of both. */
export function viewsOf(text: string): DecodedView[] {
  const views: DecodedView[] = [{ text, sourceOf: (span) => span }];
  let level = views.slice();
  for (let nested = 0; nested < depth && level.length > 0; nested++) {
    level = level.flatMap((view) => [percent, backslash].flatMap((decoder) => decode(view, decoder) ?? []));
    views.push(...level);
  }
  return views;
}

/** Undefined when there is nothing to undo. */
function decode(source: DecodedView, { mark, escapeAt }: Decoder): DecodedView | undefined {
  const { text } = source;
  const pieces: string[] = [];
  /** Places in the view of what was escaped, and how many units more the source has up to and with each. */
  const places: number[] = [];
  const surpluses: number[] = [];
  let length = 0;
  let from = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at)) {
    const escape = escapeAt(text, at);
    at += escape?.length ?? 1;
    if (!escape) continue;
    const before = text.slice(from, at - escape.length);
    pieces.push(before, escape.char);
    length += before.length + 1;
    places.push(length - 1);
    surpluses.push((surpluses.at(-1) ?? 0) + escape.length - 1);
    from = at;
  }
  if (pieces.length === 0) return undefined;
  pieces.push(text.slice(from));

  const toSource = (at: number): number => {
    const count = countBelow(places, at);
    return at + (count === 0 ? 0 : (surpluses[count - 1] ?? 0));
  };
  return {
    text: pieces.join(''),
    sourceOf: ({ start, end }) => source.sourceOf({ start: toSource(start), end: toSource(end) }),
  };
}

/** How many of the ascending numbers are below a bound. */
function countBelow(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
