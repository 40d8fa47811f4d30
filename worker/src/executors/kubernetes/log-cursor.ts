import { phases, type Phase } from '@verve/contract';

/** The last line that was read: which of those with its timestamp it is, counted from 1. */
export interface LogCursor {
  readonly phase: Phase;
  readonly at: string;
  readonly count: number;
}

/** A cursor as text. */
export function formatLogCursor({ phase, at, count }: LogCursor): string {
  return `${phase} ${at} ${count}`;
}

/** Takes a cursor apart; undefined is the beginning. Throws on a text that is none. */
export function parseLogCursor(text: string | undefined): LogCursor | undefined {
  if (text === undefined) return undefined;
  const [name, at = '', count = '', ...rest] = text.split(' ');
  const phase = phases.find((one) => one === name);
  if (!phase || Number.isNaN(Date.parse(at)) || !/^[1-9]\d*$/.test(count) || rest.length > 0) {
    throw new Error(`not a cursor of a run's log: ${text}`);
  }
  return { phase, at, count: Number(count) };
}
