import { createGramTable } from './gram-table.ts';
import { minSecretLength } from './secret-forms.ts';

/** A part of a text: from `start` to before `end`, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** At the end of a text that was cut, the beginning of a form counts from this length on. */
export const minCutLength = 8;

/** Finds any of many fixed texts in one pass, whose time depends on the text alone. */
export interface LiteralMatcher {
  /** Looks for this too from now on; at least `minSecretLength` long. Again: nothing. */
  add(literal: string): void;
  /** Each place where one begins, with the longest there; they may overlap. */
  find(text: string): Span[];
  /** Each place from where the rest of the text is the beginning of one, and at least `minCutLength` long. */
  findCut(text: string): Span[];
  /** The beginning of the text when that is the end of one, and at least `minCutLength` long. */
  findRest(text: string): Span[];
}

/** The places that a table of beginnings lets pass are looked up by their first six characters. */
export function createLiteralMatcher(): LiteralMatcher {
  const table = createGramTable();
  const byKey = new Map<string, string[]>();
  let longest = 0;

  function add(literal: string): void {
    const key = literal.slice(0, minSecretLength);
    const known = byKey.get(key) ?? [];
    if (known.includes(literal)) return;
    const longestFirst = [...known, literal].sort((a, b) => b.length - a.length);
    byKey.set(key, longestFirst);
    longest = Math.max(longest, literal.length);
    table.add(literal);
  }

  /** Adds to the spans found what `endAt` says of each place where one may begin. */
  function scan(
    text: string,
    from: number,
    endAt: (start: number, known: readonly string[]) => number,
  ): Span[] {
    const found: Span[] = [];
    for (let start = table.next(text, from); start >= 0; start = table.next(text, start + 1)) {
      const known = byKey.get(text.slice(start, start + minSecretLength));
      const end = known ? endAt(start, known) : 0;
      if (end > start) found.push({ start, end });
    }
    return found;
  }

  return {
    add,
    find: (text) =>
      scan(text, 0, (start, known) => {
        const literal = known.find((each) => text.startsWith(each, start));
        return start + (literal?.length ?? 0);
      }),
    findCut: (text) =>
      scan(text, Math.max(0, text.length - longest), (start, known) => {
        const rest = text.slice(start);
        const isBegun = rest.length >= minCutLength && known.some((each) => each.startsWith(rest));
        return isBegun ? text.length : start;
      }),
    findRest(text) {
      const head = text.slice(0, minCutLength);
      if (head.length < minCutLength) return [];
      const rests = [...byKey.values()].flat().flatMap((literal) => restOf(literal, text, head) ?? []);
      return rests.map((rest) => ({ start: 0, end: rest.length }));
    },
  };
}

/** The longest end of a literal that the text begins with. */
function restOf(literal: string, text: string, head: string): string | undefined {
  for (let at = literal.indexOf(head, 1); at >= 0; at = literal.indexOf(head, at + 1)) {
    const rest = literal.slice(at);
    if (text.startsWith(rest)) return rest;
  }
  return undefined;
}
