/** What went wrong on the way to another host. */
export interface WayTrouble {
  /** With the code of the system or of TLS, where there is one. */
  readonly words: string;
  /** The certificate of the other side is not trusted. */
  readonly isDistrust: boolean;
}

/** Puts a failure of `fetch` into words: undici has them in the cause of "fetch failed". */
export function wayTrouble(error: unknown): WayTrouble {
  const causes: Error[] = [];
  for (let at: unknown = error; at instanceof Error && causes.length < 5; at = at.cause) causes.push(at);
  const last = causes.at(-1);
  // Those of the DOM have numbers, which tell nobody anything.
  const code = last && 'code' in last && typeof last.code === 'string' ? last.code : '';
  const words = last ? [code, last.message].filter((part) => part !== '').join(': ') : String(error);
  return { words, isDistrust: /CERT|ISSUER|ALTNAME|LEAF_SIGNATURE/.test(code) };
}
