import type { EndReason } from '../driver-event.ts';

/** Says what an HTTP status of a model host comes to; undefined for one that is not the host's to blame. */
export function reasonOfStatus(status: number): EndReason | undefined {
  if (status === 401 || status === 403) return 'AgentUnauthorized';
  if (status === 402 || status === 429) return 'AgentRateLimited';
  if (status === 408 || status >= 500) return 'ModelUnavailable';
  return undefined;
}

/** Words of programs and model hosts, each with what it comes to; the first that fits counts. */
const wordings: readonly (readonly [RegExp, EndReason])[] = [
  [
    /invalid (?:x-)?api.?key|incorrect api key|api key not valid|authentication.?(?:error|failed)|unauthori[sz]ed|permission.?(?:denied|error)|please run \/login|invalid bearer/i,
    'AgentUnauthorized',
  ],
  [
    /rate.?limit|too many requests|resource.?exhausted|quota|insufficient (?:credit|balance|funds)/i,
    'AgentRateLimited',
  ],
  [
    /overloaded|high demand|internal server error|bad gateway|service.?unavailable|gateway time-?out|server.?error|api.?error|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|UND_ERR|connection (?:error|refused|reset|closed)|connect(?:ion)? fail|failed to connect|unable to connect|cannot connect|error sending request|socket|terminated|fetch failed|network|stream (?:disconnected|error|closed)|premature|timed? ?out/i,
    'ModelUnavailable',
  ],
];

/**
 * What trouble with a model host comes to, by a program's words for it: a status in them counts first. Undefined where
 * nothing tells of a model host.
 */
export function reasonOfWords(words: string): EndReason | undefined {
  const [, status] = /(?<!limit:? )\b(4(?:0[12389]|29)|5\d\d)\b(?!\.\d)(?! ?m?s\b)/i.exec(words) ?? [];
  const byStatus = status === undefined ? undefined : reasonOfStatus(Number(status));
  return byStatus ?? wordings.find(([pattern]) => pattern.test(words))?.[1];
}

/** Seconds after which a host said to come back, by its words; undefined where it said nothing of it. */
export function retryAfterOf(words: string): number | undefined {
  const found = /(?:retry|try again|reset)[^.\n]{0,40}?(\d+(?:\.\d+)?)\s*(ms|s|sec|m|min|h)/i.exec(words);
  if (!found) return undefined;
  const [, amount = '', unit = ''] = found;
  const seconds = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3_600 }[unit.toLowerCase()] ?? 1;
  return Math.min(86_400, Math.ceil(Number(amount) * seconds));
}
