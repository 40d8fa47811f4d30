import { InvalidArgumentError, Option, type Command } from 'commander';

import { parseDuration } from './time-text.ts';

/** Parses a whole number of an option. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Parses a whole number from 0. */
export function numberFromZero(text: string): number {
  return numberFrom(0, text);
}

/** Parses a whole number from 1. */
export function positiveNumber(text: string): number {
  return numberFrom(1, text);
}

function numberFrom(least: number, text: string): number {
  const value = wholeNumber(text);
  if (value < least) throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  return value;
}

/** Parses seconds given as `90`, `90s`, `15m` or `2h`. */
export function seconds(text: string): number {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError('It must be seconds, or a time such as 90s, 15m or 2h.');
  return ms / 1000;
}

/** Accepts what can stand in a header. */
export function headerText(text: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(text))
    throw new InvalidArgumentError('It must be 1 to 200 characters of printable ASCII without spaces.');
  return text;
}

/** Collects `key=value` options into labels. */
export function label(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError('It must be key=value.');
  return { ...before, [text.slice(0, split)]: text.slice(split + 1) };
}

/** The choices of what to do after a task was made or retried. */
export interface WaitOptions {
  readonly wait?: boolean;
  readonly follow?: boolean;
}

/** Adds `--wait` and `--follow`. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('-w, --wait', 'wait for the end; the exit code tells the outcome')
    .option('-f, --follow', 'the same, showing the log meanwhile');
}

/** Adds the option that names a project by id or name. */
export function addProjectOption(command: Command, what: string): Command {
  return command.addOption(new Option('--project <project>', what));
}
