import type { HistoryItem, TokenCount } from './dialect.ts';

/** What the model has the program do, whichever its tools. */
export type Action =
  | { readonly write: { readonly path: string; readonly content: string } }
  | { readonly bash: string }
  | { readonly tool: string; readonly input?: unknown };

/** What goes wrong instead of an answer, or in its midst. */
export type Fault =
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'cut' };

/** One answer of the model. */
export interface Step {
  readonly words?: string;
  readonly actions: readonly Action[];
  readonly fault?: Fault;
  /** How often the fault happens before the answer comes. Absent: always. */
  readonly faultTimes?: number;
  readonly sleepMs: number;
  readonly dripMs: number;
  readonly usage: TokenCount;
}

/** A script that cannot be followed; the model server says so with status 400. */
export class ScriptInvalid extends Error {
  override readonly name = 'ScriptInvalid';
}

interface Line {
  readonly text?: string;
  readonly repeat?: number;
  readonly size?: number;
  readonly say?: string;
  readonly write?: { readonly path: string; readonly content: string };
  readonly bash?: string;
  readonly tool?: string;
  readonly input?: unknown;
  readonly calls?: readonly Action[];
  readonly http?: number;
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  readonly hang?: boolean;
  readonly cut?: boolean;
  readonly sleep?: number;
  readonly drip?: number;
  readonly usage?: Partial<TokenCount>;
}

const known = new Set(
  'text repeat size say write bash tool input calls http times retryAfterSeconds hang cut sleep drip usage'.split(
    ' ',
  ),
);
const marked = /^[ \t]*MODEL>[ \t]*(.*)$/gm;

/** The steps of a text's lines `MODEL> {json}`. Throws ScriptInvalid. */
export function stepsIn(text: string): Step[] {
  return stepsOf([...text.matchAll(marked)].map((found) => found[1] ?? ''));
}

/** The steps of lines of JSON. A line that only names a fault belongs to the line below it. Throws ScriptInvalid. */
export function stepsOf(lines: readonly string[]): Step[] {
  const steps: Step[] = [];
  let above: Line = {};
  for (const line of lines.map((text) => parse(text))) {
    const whole = { ...above, ...line };
    above = {};
    if (answers(whole)) steps.push(toStep(whole));
    else above = whole;
  }
  return Object.keys(above).length > 0 ? [...steps, toStep(above)] : steps;
}

/** Where a conversation stands: the step to answer with, and its number. */
export interface Position {
  readonly step: Step;
  readonly turn: number;
}

/**
 * Finds the step by the conversation alone: the last prompt with a script holds the steps, and each result of a tool
 * after it is of a call that was made. Past the end the last step is repeated.
 */
export function findStep(history: readonly HistoryItem[], fallback: readonly Step[]): Position {
  const start = history.findLastIndex((item) => item.kind === 'prompt' && isScript(item.text));
  const prompt = history[start];
  const own = prompt?.kind === 'prompt' ? stepsIn(prompt.text) : fallback;
  let results = history.slice(start + 1).filter(({ kind }) => kind === 'toolResult').length;
  for (const [turn, step] of own.entries()) {
    if (results < Math.max(step.actions.length, 1) || turn === own.length - 1) return { step, turn };
    results -= step.actions.length;
  }
  throw new ScriptInvalid('the script has no steps');
}

function isScript(text: string): boolean {
  return text.search(marked) >= 0;
}

function parse(text: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    throw new ScriptInvalid(`no JSON: ${text}`, { cause: error });
  }
  if (typeof line !== 'object' || line === null) throw new ScriptInvalid(`no step: ${text}`);
  const strange = Object.keys(line).filter((key) => !known.has(key));
  if (strange.length > 0) throw new ScriptInvalid(`unknown in a step: ${strange.join(', ')}`);
  return line;
}

function answers({ text, write, bash, tool, calls }: Line): boolean {
  return [text, write, bash, tool, calls].some((part) => part !== undefined);
}

function toStep(line: Line): Step {
  const fault = toFault(line);
  const words = line.text === undefined ? line.say : fill(line.text, line);
  return {
    ...(words === undefined ? {} : { words }),
    actions: toActions(line),
    ...(fault === undefined ? {} : { fault }),
    ...(line.times === undefined ? {} : { faultTimes: line.times }),
    sleepMs: line.sleep ?? 0,
    dripMs: line.drip ?? 0,
    usage: { in: line.usage?.in ?? 1000, out: line.usage?.out ?? 50 },
  };
}

function toActions({ write, bash, tool, input, calls }: Line): Action[] {
  return [
    ...(write === undefined ? [] : [{ write }]),
    ...(bash === undefined ? [] : [{ bash }]),
    ...(tool === undefined ? [] : [{ tool, input }]),
    ...(calls ?? []),
  ];
}

function toFault({ http, retryAfterSeconds, hang, cut }: Line): Fault | undefined {
  const later = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (http !== undefined) return { kind: 'refused', status: http, ...later };
  if (hang === true) return { kind: 'silent' };
  return cut === true ? { kind: 'cut' } : undefined;
}

/** A text, repeated as often or until as many bytes as asked; a `#` in it is the number of the repetition. */
function fill(text: string, { repeat = 1, size }: Line): string {
  if (size === undefined || text === '') return repeated(text, repeat);
  return repeated(text, Math.ceil(size / Buffer.byteLength(text)));
}

function repeated(text: string, times: number): string {
  if (times === 1 || !text.includes('#')) return text.repeat(times);
  return Array.from({ length: times }, (_, index) => text.replaceAll('#', String(index + 1))).join('');
}
