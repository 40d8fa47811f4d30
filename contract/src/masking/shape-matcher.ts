import { createGramTable, gramLength } from './gram-table.ts';
import type { Span } from './literal-matcher.ts';
import { contextShapes } from './token-contexts.ts';
import { prefixedShapes, type TokenShape } from './token-shapes.ts';

const table = createGramTable();
const byGram = new Map<string, TokenShape[]>();
for (const shape of [...prefixedShapes, ...contextShapes]) {
  const gram = shape.begin.slice(0, gramLength);
  byGram.set(gram, [...(byGram.get(gram) ?? []), shape]);
  table.add(gram);
}

/** Finds what looks like a token, wherever it is from; the places do not overlap. `isCut`: see TokenShape. */
export function findShapes(text: string, isCut: boolean): Span[] {
  const found: Span[] = [];
  let from = 0;
  for (let at = table.next(text, from); at >= 0; at = table.next(text, from)) {
    const span = spanAt(text, at, isCut);
    if (span) found.push(span);
    // What is found is not looked at again: the whole takes time linear in the text.
    from = span && span.end > at ? span.end : at + 1;
  }
  return found;
}

function spanAt(text: string, at: number, isCut: boolean): Span | undefined {
  const shapes = byGram.get(text.slice(at, at + gramLength)) ?? [];
  for (const shape of shapes) {
    const span = text.startsWith(shape.begin, at) ? shape.spanAt(text, at, isCut) : undefined;
    if (span) return span;
  }
  return undefined;
}
