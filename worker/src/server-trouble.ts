import { ApiError, basePath } from '@verve/contract';

import type { WorkerSettings } from './config.ts';
import { fixOfFile } from './mounted-file.ts';
import { wayTrouble } from './way-trouble.ts';

/** Why a call to the server was of no use, and how to mend it, in sentences for an operator. */
export interface ServerTrouble {
  /** It is the server that answers, and what it does not take is the key. */
  readonly isOfKey: boolean;
  readonly message: string;
  readonly fix: string;
}

/** Where the server is, and the key. */
export type ServerPlace = Pick<WorkerSettings, 'serverUrl' | 'network' | 'keyFile'>;

/** How to come to a key that the server takes. */
export function keyFix({ keyFile }: Pick<ServerPlace, 'keyFile'>): string {
  const make = 'Make one: verve key create --role worker --project <project> <name>.';
  if (keyFile === undefined) return `${make} Give it in VERVE_KEY, and restart the worker.`;
  return `${make} ${fixOfFile(keyFile, `Write it into ${keyFile}, which is read again.`)}`;
}

/** What a worker can do whose name another one has. */
export const nameFix = 'Or give this worker another "name" (of the chart: "config.name").';

/** Explains what a call of the client has thrown. */
export function serverTrouble(error: unknown, place: ServerPlace): ServerTrouble {
  if (error instanceof ApiError) return refusal(error, place);
  const { serverUrl: url } = place;
  // An answer that came all the same, and is no server's of Verve.
  if (error instanceof Error && (error.cause === undefined || error.cause instanceof SyntaxError)) {
    return { isOfKey: false, message: `${url}: ${error.message}`, fix: wayFix(place) };
  }
  const { words, isDistrust } = wayTrouble(error);
  if (!isDistrust) return { isOfKey: false, message: `cannot reach ${url}: ${words}`, fix: wayFix(place) };
  const fix = /ALTNAME|EXPIRED/.test(words)
    ? 'Mend the certificate, or "serverUrl" (VERVE_SERVER_URL).'
    : 'Name the authority of its certificate in "network.caFile".';
  return { isOfKey: false, message: `the certificate of ${url} is not trusted: ${words}`, fix };
}

function refusal({ status, code, message: words }: ApiError, place: ServerPlace): ServerTrouble {
  const { serverUrl: url } = place;
  if (code === 'Unauthenticated' || code === 'PermissionDenied') {
    return { isOfKey: true, message: `the server does not take the key: ${words}`, fix: keyFix(place) };
  }
  if (code === 'AlreadyExists') {
    return { isOfKey: false, message: words, fix: nameFix };
  }
  const end = code === 'Unknown' ? ', and not as a Verve server does' : `: ${words}`;
  return { isOfKey: false, message: `${url} answers ${status}${end}`, fix: wayFix(place) };
}

function wayFix({ network: { proxy } }: ServerPlace): string {
  const first = `Check "serverUrl" (VERVE_SERVER_URL), which goes without ${basePath}, and that the server runs.`;
  if (proxy === undefined) return `${first} Where a proxy is between, name it in "network.proxy".`;
  const { protocol, host } = new URL(proxy);
  return `${first} It is asked through "network.proxy" (${protocol}//${host}); name its host in "network.noProxy" where no proxy is between.`;
}
