/** Where a forge says that there were too many calls and not for how long, GitHub asks for a minute at least. */
const unnamedMs = 60_000;

/** An answer as far as limits go. */
export interface LimitedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly words: string;
}

/**
 * How long a forge wants to be left alone, ms; undefined when its answer is no matter of limits, or names no time where
 * it need not.
 *
 * - https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * - https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
export function limitWaitMs({ status, headers, words }: LimitedAnswer): number | undefined {
  const isOver = status === 403 && (headers.get('x-ratelimit-remaining') === '0' || isAboutLimits(words));
  if (status !== 429 && !isOver && !(status === 403 && headers.has('retry-after'))) return undefined;
  return waitOf(headers) ?? (isOver ? unnamedMs : undefined);
}

function isAboutLimits(words: string): boolean {
  return /rate limit|abuse detection/i.test(words);
}

function waitOf(headers: Headers): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) return Number.isNaN(Number(after)) ? until(headers, after) : Number(after) * 1_000;
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset');
  return reset === null ? undefined : until(headers, new Date(Number(reset) * 1_000).toUTCString());
}

/** By the forge's own clock, since the moment it names is by that; at least a second. */
function until(headers: Headers, date: string): number | undefined {
  const now = Date.parse(headers.get('date') ?? '');
  const wait = Date.parse(date) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(wait, 1_000);
}
