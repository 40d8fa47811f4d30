import type { Identity, RunSpec } from '@verve/contract';

import type { PushedWork } from '../forge.ts';
import { tameWords, withoutControls } from './tamed-words.ts';

const titleLength = 255;
const bodyLength = 60_000;
const cutMark = ' …';

/** The title: the task's by the pattern of the settings, in one line that every forge takes. `mark` comes before it. */
export function pullRequestTitle({ title, taskId, agent, forge }: RunSpec, mark = ''): string {
  const parts: Readonly<Record<string, string>> = { title, task: taskId, agent: agent.name };
  const pattern = forge.pullRequest?.title ?? '{title}';
  const made = pattern.replaceAll(/\{(title|task|agent)\}/g, (_, name: string) => parts[name] ?? '');
  return cut(`${mark}${oneLine(made) || taskId}`, titleLength);
}

/**
 * The body: what the agent says it did, else its commits; then lines that link issues, and a line that names the task
 * and who made it.
 */
export function pullRequestBody(
  { spec, summary, subjects }: PushedWork,
  issues: readonly string[] = [],
): string {
  const said = tameWords(summary ?? '').trim();
  const text = said === '' ? subjects.map((subject) => `- ${tameWords(oneLine(subject))}`).join('\n') : said;
  return [cut(text, bodyLength), issues.join('\n'), footer(spec)].filter(Boolean).join('\n\n');
}

function footer(spec: RunSpec): string {
  const { taskId, attempt, agent, author, coAuthor } = spec;
  const made = `Verve task ${code(taskId)}, attempt ${attempt}, agent ${code(agent.name)}.`;
  const by = `Author: ${person(author)}${coAuthor ? `; co-author: ${person(coAuthor)}` : ''}.`;
  return `---\n${made} ${by}`;
}

/** A body is Verve's own, and of an attempt before this one; what a person wrote is left alone. */
export function isOlderBody(body: string, { taskId, attempt }: RunSpec): boolean {
  const found = /\n---\nVerve task `([^`]*)`, attempt (\d+), [^\n]*$/.exec(
    body.replaceAll('\r', '').trimEnd(),
  );
  return found?.[1] === taskId && Number(found[2]) < attempt;
}

function person({ name, email }: Identity): string {
  return code(`${name} <${email}>`);
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

function oneLine(text: string): string {
  return withoutControls(text.replaceAll(/\s+/g, ' ')).trim();
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = length - cutMark.length;
  // Not between the two halves of a character.
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, isSplit ? end - 1 : end)}${cutMark}`;
}
