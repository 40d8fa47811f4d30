import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';

import { Agent, EnvHttpProxyAgent, fetch as undiciFetch, type Dispatcher } from 'undici';

import type { WorkerSettings } from './config.ts';

/** How the worker reaches forges: the settings that runs have, too. */
export type ForgeNetwork = Pick<WorkerSettings, 'network' | 'gitEnvironment'>;

/** `fetch` with the proxy and the authorities of the settings; disposing of it closes its connections. */
export interface ForgeFetch extends AsyncDisposable {
  readonly fetch: typeof undiciFetch;
}

/** The settings of the network cannot be used as they are; the message says which. */
export class NetworkInvalid extends Error {
  override readonly name = 'NetworkInvalid';
}

/** Reads the file of authorities. Throws NetworkInvalid when it cannot be read. */
export async function openForgeFetch(settings: ForgeNetwork): Promise<ForgeFetch> {
  const dispatcher = dispatcherOf(settings, await readAuthorities(settings.network.caFile));
  return {
    fetch: async (input, init) => undiciFetch(input, { ...init, dispatcher }),
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

/** Nothing is taken from the environment of the worker: its runs do not see that either. */
function dispatcherOf({ network, gitEnvironment }: ForgeNetwork, ca: string[]): Dispatcher {
  const proxy = network.proxy ?? gitEnvironment['HTTPS_PROXY'] ?? gitEnvironment['https_proxy'];
  if (proxy === undefined) return new Agent({ connect: { ca } });
  return new EnvHttpProxyAgent({
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: network.noProxy ?? gitEnvironment['NO_PROXY'] ?? gitEnvironment['no_proxy'] ?? '',
    connect: { ca },
    requestTls: { ca },
    proxyTls: { ca },
  });
}

/** The system's, and those of the file besides. */
async function readAuthorities(caFile: string | undefined): Promise<string[]> {
  const system = getCACertificates('system');
  const usual = system.length > 0 ? system : getCACertificates('bundled');
  if (caFile === undefined) return usual;
  try {
    return [...usual, await readFile(caFile, 'utf8')];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NetworkInvalid(`"network.caFile" cannot be read: ${why}`, { cause: error });
  }
}

/** What went wrong on the way, in words: undici has them in the cause of "fetch failed". */
export function wayTrouble(error: unknown): { readonly words: string; readonly isDistrust: boolean } {
  const causes: Error[] = [];
  for (let at: unknown = error; at instanceof Error && causes.length < 5; at = at.cause) causes.push(at);
  const last = causes.at(-1);
  const code = last && 'code' in last ? String(last.code) : '';
  const words = last ? [code, last.message].filter((part) => part !== '').join(': ') : String(error);
  return { words, isDistrust: /CERT|ISSUER|ALTNAME/.test(code) };
}
