import type { Finding } from '../finding.ts';
import type { ForgeAnswer } from './forge-asking.ts';

/** Nothing to mend. */
export function fine(message: string): Finding {
  return { check: 'forge', state: 'ok', message };
}

/** Tasks may run all the same. */
export function doubtful(message: string, fix: string): Finding {
  return { check: 'forge', state: 'warning', message, fix };
}

/** Tasks will not run, or not to their end. */
export function wrong(message: string, fix: string): Finding {
  return { check: 'forge', state: 'failed', message, fix };
}

/** Where a forge answers as none of its kind does. */
export function strange({ url, status, words }: ForgeAnswer): Finding {
  const said = words === '' ? '' : `: ${words}`;
  return wrong(`${url} answers ${status}, not as a forge of this kind${said}`, 'Check "kind" and "apiUrl".');
}

/** Whether something is there, by the status of the answer alone; undefined: that does not say. */
export function statusTells({ status }: Pick<ForgeAnswer, 'status'>): boolean | undefined {
  return status === 200 || status === 404 ? status === 200 : undefined;
}

/** Where a forge does not take the token at all; undefined: it does, as far as that goes. */
export function shutOut({ url, status, words }: ForgeAnswer, fix: string): Finding | undefined {
  if (status === 401) return wrong(`${url} does not accept the token (401)`, fix);
  return status === 403 ? wrong(`${url} does not let the token in (403): ${words}`, fix) : undefined;
}
