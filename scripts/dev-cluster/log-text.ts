import { parseEntry } from '../trial/log-line.ts';

const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info '],
  [40, 'WARN '],
  [50, 'ERROR'],
  [60, 'FATAL'],
]);

/** What every line of a program has, and nobody reads. */
const usual = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg']);

/** A line of a program's log for people: level, message, and what else it tells. What is no such line stays as it is. */
export function logText(line: string): string {
  const entry = parseEntry(line);
  const level = levels.get(entry?.level ?? 0);
  if (entry === undefined || level === undefined) return line;
  const rest = Object.entries(entry).filter(([key]) => !usual.has(key));
  const words = rest.map(([key, value]) => `${key}=${wordOf(value)}`);
  return [level, wordOf(entry.msg ?? ''), ...words].join(' ');
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return value;
  // Of an error its message, without the stack.
  const message = (value as { readonly message?: unknown } | null)?.message;
  return typeof message === 'string' ? JSON.stringify(message) : JSON.stringify(value);
}
