const invisible = '\u200B';

/**
 * Makes words that may have come from a hostile repository fit for a pull request: they call nobody, hide nothing from
 * who reads them, close no issue and command nothing. What does so is broken by a character that nobody sees.
 */
export function tameWords(text: string): string {
  const plain = withoutControls(text.replaceAll(/\r\n?/g, '\n'));
  return withoutCommands(withoutClosing(withoutCalls(withoutDisguise(plain))));
}

/** Text without control characters, and without marks that turn the writing direction. */
export function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is left out
  return text.replaceAll(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

/** An entity would be the character that it stands for by the time that a forge looks for names and issues. */
function withoutDisguise(text: string): string {
  return text.replaceAll(/&(?=#|(?:commat|num|excl|sol);)/g, `&${invisible}`).replaceAll('<!--', '&lt;!--');
}

function withoutCalls(text: string): string {
  return text.replaceAll(/@(?=[\w-])/g, `@${invisible}`);
}

/** GitLab does what a line says that begins with a slash: /merge, /assign, /label. */
function withoutCommands(text: string): string {
  return text.replaceAll(/^([ \t]*)\/(?=\w)/gm, `$1${invisible}/`);
}

/**
 * Words at which forges close the issue that is named next once a pull request is merged, or open it again, in any case;
 * nothing that goes on as a path, a call or a name does is meant.
 * - https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
 * - https://docs.gitlab.com/administration/issue_closing_pattern/
 * - Gitea's: `modules/references` in https://github.com/go-gitea/gitea
 */
const closing =
  /(?<![\p{L}\p{N}])(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?|reopen(?:s|ed)?)(?![\p{L}\p{N}/(.-])/giu;
/** What may stand between such a word and the name of an issue. */
const between = /(?:<[^>]{0,200}>|&[a-z]+;|issues?(?![\p{L}\p{N}])|[^\p{L}\p{N}])*/iuy;
/** As much of the next word as could name an issue. */
const next = /\S{0,2000}/y;

function withoutClosing(text: string): string {
  return text.replaceAll(closing, (word: string, _: string, at: number) =>
    namesIssue(text, at + word.length) ? `${word.charAt(0)}${invisible}${word.slice(1)}` : word,
  );
}

/** Whether an issue may be named there: `#5`, `owner/name#5`, `KEY-5`, an address, or a link with any text. */
function namesIssue(text: string, at: number): boolean {
  const gap = matchAt(between, text, at);
  const word = matchAt(next, text, at + gap.length);
  return gap.includes('[') || (/\d/.test(word) && /[#!/-]/.test(gap + word));
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}
