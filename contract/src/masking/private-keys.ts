import type { Span } from './literal-matcher.ts';

// Private keys in the armor of PEM, OpenSSH and PGP: what stands between BEGIN and END, over lines.

const begin = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
const end = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY/;
/** Within one line, escaped line breaks stand between the lines of the key. */
const sameLineBody = /(?:[A-Za-z0-9+/=]|\\[nrt]|%0[AaDd]|\s)*/y;
/** What a log or a diff puts before it, base64 to the end, and what a string of a program has after it. */
const bodyLine = /^(?:.{0,80}[\s|>+:"'`-])?[A-Za-z0-9+/]{16,}={0,2}(?:["'`,;\s\\][nr\s+"'`,;\\]*)?$/;
const lastBodyLine = /^[\s>+|"'`-]{0,80}=?[A-Za-z0-9+/]{2,15}={0,2}(?:["'`,;\s\\][nr\s+"'`,;\\]*)?$/;
const armorHeader = /^[\s>+|"'`-]*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Subject)\s?: /;
/** So long is no key; what looks like one after so many lines is something else. */
const maxLines = 400;

/** Lines of the key that is begun and not ended; 0 when there is none. */
export type KeyState = number;

/** What a line has of a private key, and how it stands after the line. */
interface KeyPart {
  readonly spans: readonly Span[];
  readonly after: KeyState;
}

const none: KeyPart = { spans: [], after: 0 };

/** Finds what of a line belongs to a private key. */
export function findKey(text: string, before: KeyState): KeyPart {
  const inKey = before > 0 ? findWithin(text, before) : undefined;
  if (inKey) return inKey;
  return text.includes('PRIVATE KEY') ? findBegun(text) : none;
}

/** Undefined when the line is of no key. */
function findWithin(text: string, before: KeyState): KeyPart | undefined {
  const ending = end.exec(text);
  const body = ending ? text.slice(0, ending.index) : text;
  const after = ending || before >= maxLines ? 0 : before + 1;
  if (bodyLine.test(body) || lastBodyLine.test(body))
    return { spans: [{ start: 0, end: body.length }], after };
  const isFrame = ending || text.trim() === '' || armorHeader.test(text);
  return isFrame ? { spans: [], after } : undefined;
}

function findBegun(text: string): KeyPart {
  const spans: Span[] = [];
  let after = 0;
  begin.lastIndex = 0;
  for (let found = begin.exec(text); found; found = begin.exec(text)) {
    const start = found.index + found[0].length;
    sameLineBody.lastIndex = start;
    const length = sameLineBody.exec(text)?.[0].length ?? 0;
    if (length >= 16) spans.push({ start, end: start + length });
    const rest = text.slice(start + length);
    after = /^["'`,;+\s\\]*$/.test(rest) ? 1 : 0;
    begin.lastIndex = start + length;
  }
  return { spans, after };
}
