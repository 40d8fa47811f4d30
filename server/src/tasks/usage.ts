import type { Usage } from '@verve/contract';

const fields = ['costUsd', 'inputTokens', 'outputTokens'] as const satisfies readonly (keyof Usage)[];

/**
 * A task's usage is the sum over its attempts. An attempt tells its whole usage so far each time, so `before` is
 * replaced by `now` within the sum; a field that it does not tell stays.
 */
export function replaceUsage(sum: Usage = {}, before: Usage = {}, now: Usage = {}): Usage {
  const result: Usage = { ...sum };
  for (const field of fields) {
    const told = now[field];
    if (told === undefined) continue;
    const total = (sum[field] ?? 0) - (before[field] ?? 0) + told;
    // Millionths of a dollar: sums of binary fractions must not show.
    result[field] = Math.max(0, Math.round(total * 1e6) / 1e6);
  }
  return result;
}
