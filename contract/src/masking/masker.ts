import { recutLine, splitCutLine } from '../lines.ts';
import { viewsOf } from './decoded-views.ts';
import { createLiteralMatcher, type LiteralMatcher, type Span } from './literal-matcher.ts';
import { findKey, type KeyState } from './private-keys.ts';
import { formsOf } from './secret-forms.ts';
import { findShapes } from './shape-matcher.ts';

export type { KeyState } from './private-keys.ts';

/** Stands for whatever was masked. */
export const mask = '[masked]';

/** Takes secrets out of text: those it was told of, in every form, and what looks like one. See docs/logs-and-masking.md. */
export interface Masker {
  /** Looks for these too from now on; what it was told before it goes on looking for. */
  update(secrets: readonly string[]): void;
  /**
   * One line, without the lines around it: a private key of many lines is not seen. At most `limits.lineBytes` stay so.
   * The beginning of a secret goes when the line ends within it.
   */
  readonly line: (text: string) => string;
  /** Text of many lines, which may have been cut anywhere: what is left of a secret at their beginnings goes too. */
  readonly text: (text: string) => string;
  /** Lines of one stream in order. */
  lines(begun: KeyState): LineMasker;
}

/** Masks a stream's lines one after the other. */
export interface LineMasker {
  /** Whether a private key has begun and not ended; whoever goes on after a crash begins with it. */
  readonly state: KeyState;
  readonly mask: (text: string) => string;
}

/** What a cut leaves of an escape. */
const brokenEscape = /(?:%[\da-f]?|\\(?:u[\da-f]{0,3}|x[\da-f]?|[0-3][0-7]?)?)$/i;

/**
 * Makes a masker that knows these secrets. Its time grows with the text, hardly with their number. `onMasked` hears how
 * many parts of a line were masked.
 */
export function createMasker(
  secrets: readonly string[] = [],
  onMasked: (count: number) => void = () => undefined,
): Masker {
  const known = new Set<string>();
  const literals = createLiteralMatcher();

  function update(more: readonly string[]): void {
    for (const secret of more) {
      if (known.has(secret)) continue;
      known.add(secret);
      for (const form of formsOf(secret)) literals.add(form);
    }
  }

  function lines(begun: KeyState): LineMasker {
    let state = begun;
    return {
      get state() {
        return state;
      },
      mask(line) {
        const { text, cutMark } = splitCutLine(line);
        const isCut = cutMark !== '';
        const key = findKey(text, state);
        state = key.after;
        const shapes = findShapes(text, isCut);
        const forms = findLiterals(literals, text);
        const count = key.spans.length + shapes.length + forms.length;
        if (count === 0) return line;
        onMasked(count);
        return recutLine(replace(text, [...key.spans, ...shapes, ...forms]) + cutMark);
      },
    };
  }

  update(secrets);
  return {
    update,
    lines,
    line: (text) => lines(0).mask(text),
    text(text) {
      const masker = lines(0);
      const maskLine = (line: string): string => masker.mask(replace(line, literals.findRest(line)));
      return text.split('\n').map(maskLine).join('\n');
    },
  };
}

/** Any line may be one that its program was writing when it ended: only its source would know. */
function findLiterals(literals: LiteralMatcher, text: string): Span[] {
  if (text.includes('%') || text.includes('\\'))
    return [...findEscaped(literals, text), ...findCut(literals, text)];
  return [...literals.find(text), ...literals.findCut(text)];
}

function findEscaped(literals: LiteralMatcher, text: string): Span[] {
  return viewsOf(text).flatMap((view) => literals.find(view.text).map(view.sourceOf));
}

/** A secret through which the cut went: its beginning goes with everything after. */
function findCut(literals: LiteralMatcher, text: string): Span[] {
  const variants = [text, text.replace(brokenEscape, '')];
  const views = variants.flatMap(viewsOf);
  const starts = views.flatMap((view) =>
    [view.text, view.text.replace(brokenEscape, '')]
      .flatMap((each) => literals.findCut(each))
      .map((span) => view.sourceOf(span).start),
  );
  return starts.map((start) => ({ start, end: text.length }));
}

/** Spans that touch or overlap become one mask. */
function replace(text: string, spans: Span[]): string {
  const pieces: string[] = [];
  let from = 0;
  let last = -1;
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    if (start > last) pieces.push(text.slice(from, start), mask);
    last = Math.max(last, end);
    from = last;
  }
  return [...pieces, text.slice(from)].join('');
}
