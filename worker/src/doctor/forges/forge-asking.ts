import type { ForgeFetch } from '../../network-fetch.ts';

/** What a forge answered, whatever it was. */
export interface ForgeAnswer {
  readonly url: string;
  readonly status: number;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
  /** The forge's own words, of a bounded length. */
  readonly words: string;
  readonly headers: { get(name: string): string | null };
}

/** Asks a forge's API for a path below its base. Throws what `fetch` throws. */
export type ForgeAsk = (path: string) => Promise<ForgeAnswer>;

/** What asking takes. */
export interface Asking {
  readonly apiUrl: string;
  readonly authorization: string;
  readonly fetch: ForgeFetch['fetch'];
  readonly signal: AbortSignal;
}

const quotedLength = 300;

/** Asks with a token. */
export function createForgeAsk({ apiUrl, authorization, fetch, signal }: Asking): ForgeAsk {
  const base = apiUrl.replace(/\/$/, '');
  return async (path) => {
    const url = `${base}${path}`;
    const headers = { authorization, accept: 'application/json', 'user-agent': 'verve' };
    const response = await fetch(url, { headers, signal });
    const text = await response.text();
    const body = parsed(text);
    const words = (wordsOf(body) ?? text).slice(0, quotedLength);
    return { url, status: response.status, body, words, headers: response.headers };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('message' in body) return String(body.message);
  return 'error_description' in body ? String(body.error_description) : undefined;
}
