import type { Finding } from '../finding.ts';
import { doubtful, wrong } from './forge-findings.ts';

const dayMs = 86_400_000;
const soonDays = 14;

/** When a token ends, as far as that is a finding; `end` is a date, with or without a time. */
export function judgeEnd(url: string, end: string | null | undefined, nowMs: number): readonly Finding[] {
  const endsAtMs = Date.parse(end ?? '');
  if (Number.isNaN(endsAtMs)) return [];
  const day = new Date(endsAtMs).toISOString().slice(0, 10);
  const fix = 'Make a new token and write it into the file; the worker reads it at each use.';
  const leftDays = Math.floor((endsAtMs - nowMs) / dayMs);
  if (leftDays < 0) return [wrong(`${url}: the token has ended on ${day}`, fix)];
  if (leftDays >= soonDays) return [];
  return [doubtful(`${url}: the token ends on ${day}, in ${leftDays} days`, fix)];
}
