/** A repository as its forge shows it. */
export interface ShownRepository {
  /** With all groups: `acme/tools/app`. */
  readonly fullName: string;
  /** Addresses of its web page, without a slash at their end. */
  readonly pages: readonly string[];
}

const maxLinks = 10;
const maxDigits = 9;
/** As far back as a word that closes is looked for. */
const wordLength = 40;
const closing = /\b(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?\s+$/i;

/**
 * Lines that link the issues of the repository that a task's description names: `Closes #12` where the description says
 * that it closes, fixes or resolves the issue, else `Refs #12`. What is quoted as code names none.
 */
export function issueLines(description: string, { fullName, pages }: ShownRepository): readonly string[] {
  const text = withoutCode(description);
  const name = escaped(fullName);
  const page = pages.map((url) => escaped(url.replace(/^https?:\/\//, ''))).join('|');
  // Not the end of another repository's name, of an HTML entity, or of a path.
  const before = String.raw`(?<![\w/&#.-])`;
  const forms = `${before}(?:${name})?#|https?://(?:${page})/(?:-/)?(?:issues|work_items)/`;
  const issue = new RegExp(`(?:${forms})(\\d{1,${maxDigits}})(?![\\w-])`, 'gi');
  const closes = new Map<number, boolean>();
  for (const { 1: digits, index } of text.matchAll(issue)) {
    const number = Number(digits);
    const isClosing = closing.test(text.slice(Math.max(0, index - wordLength), index));
    if (number > 0) closes.set(number, isClosing || closes.get(number) === true);
  }
  return [...closes]
    .slice(0, maxLinks)
    .map(([number, isClosing]) => `${isClosing ? 'Closes' : 'Refs'} #${number}`);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^(`{3,}|~{3,})[\s\S]*?(?:^\1|(?![\s\S]))/gm, ' ').replaceAll(/`[^`\n]*`/g, ' ');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
