import { limits } from '@verve/contract/limits';

import type { DriverEvent } from '../driver-event.ts';
import type { ProgramEnd, ProgramExit, Verdict } from '../driver.ts';

const quotedLines = 10;

/**
 * Judges the end of a program that tells by its events how it fared. Its exit code alone is not trusted: a run is well
 * only when a `final` event says so, and the program left of itself without a failure. `program` is its name for people.
 */
export function verdictOf(program: string, end: ProgramEnd): Verdict {
  const { exit, events } = end;
  if (exit.kind === 'notStarted') return { reason: 'ConfigInvalid', message: exit.message };
  const final = events.findLast((event) => event.kind === 'final');
  const summary = final?.summary === undefined ? {} : { summary: final.summary };
  const isWell = exit.kind === 'exited' && exit.code === 0;
  if (isWell && final?.status === 'completed') return { ...summaryOf(events), ...summary };
  const trouble = lastTrouble(events);
  const words = final?.message ?? trouble?.message ?? lastWords(end);
  const retryAfterSeconds = final?.retryAfterSeconds ?? retryAfter(events);
  return {
    reason: final?.reason ?? trouble?.reason ?? 'AgentFailed',
    message: sentenceOf(program, exit, final?.status),
    ...(words !== '' && { words: words.slice(-limits.messageLength / 2) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...summary,
  };
}

/** What the agent said last, for a program whose end tells no more than that it is one. */
function summaryOf(events: readonly DriverEvent[]): Pick<Verdict, 'summary'> {
  const last = events.findLast((event) => event.kind === 'text');
  return last === undefined ? {} : { summary: last.text };
}

function sentenceOf(
  program: string,
  exit: Exclude<ProgramExit, { kind: 'notStarted' }>,
  status: 'completed' | 'failed' | undefined,
): string {
  if (exit.kind === 'signaled') return `${program} was ended by ${exit.signal}`;
  if (exit.code !== 0) return `${program} ended with exit code ${exit.code}`;
  return status === 'failed'
    ? `${program} says that it failed`
    : `${program} ended without saying that it was done`;
}

/** The last trouble that the program did not get over: after it there was no word and no tool any more. */
function lastTrouble(
  events: readonly DriverEvent[],
): (DriverEvent & { kind: 'error' | 'retry' }) | undefined {
  const last = events.findLast(({ kind }) => kind !== 'final' && kind !== 'usage');
  return last?.kind === 'error' || last?.kind === 'retry' ? last : undefined;
}

function retryAfter(events: readonly DriverEvent[]): number | undefined {
  return events.findLast((event) => event.kind === 'retry')?.retryAfterSeconds;
}

/** What a program without better words printed last, else what the agent said last. */
function lastWords({ lastLines, events }: ProgramEnd): string {
  // A line that looks like JSON is an event that was cut, and nobody's words.
  const printed = lastLines.filter((line) => !/^\s*(?:\{|$)/.test(line)).slice(-quotedLines);
  if (printed.length > 0) return printed.join('\n');
  return events.findLast((event) => event.kind === 'text')?.text.trimEnd() ?? '';
}
