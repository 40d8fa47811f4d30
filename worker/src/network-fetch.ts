import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

import type { ClientOptions } from '@verve/contract';
import { Agent, EnvHttpProxyAgent, fetch as undiciFetch, type Dispatcher } from 'undici';

import { readAuthorities } from './authorities.ts';
import { bounded } from './bounded-fetch.ts';
import type { WorkerSettings } from './config.ts';

type Network = WorkerSettings['network'];

/** `fetch` with the proxy and the authorities of the settings; disposing of it closes its connections. */
export interface ForgeFetch extends AsyncDisposable {
  readonly fetch: typeof undiciFetch;
}

/** The same for the client of the server, with a bound for silence. */
export interface ServerFetch extends AsyncDisposable {
  readonly fetch: ClientOptions['fetch'];
}

/** For forges, as runs reach them. Reads the file of authorities; throws NetworkInvalid when it cannot be used. */
export async function openForgeFetch({
  network,
  gitEnvironment,
}: Pick<WorkerSettings, 'network' | 'gitEnvironment'>): Promise<ForgeFetch> {
  const dispatcher = dispatcherOf(
    {
      proxy: network.proxy ?? gitEnvironment['HTTPS_PROXY'] ?? gitEnvironment['https_proxy'],
      noProxy: network.noProxy ?? gitEnvironment['NO_PROXY'] ?? gitEnvironment['no_proxy'],
    },
    await trust(network, systemAuthorities()),
  );
  return {
    fetch: async (input, init) => undiciFetch(input, { ...init, dispatcher }),
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

/** For the server: what is set for git alone is not for it. Throws as openForgeFetch does. */
export async function openServerFetch({ network }: Pick<WorkerSettings, 'network'>): Promise<ServerFetch> {
  const usual = [...getCACertificates('default'), ...systemAuthorities()];
  const dispatcher = dispatcherOf(network, await trust(network, usual));
  return {
    // A redirect loses the key or the body, and what answers behind it would say so in misleading words.
    fetch: bounded(async (url, init) => undiciFetch(url, { ...init, redirect: 'error', dispatcher })),
    [Symbol.asyncDispose]: async () => dispatcher.destroy(),
  };
}

/** Nothing is taken from the environment of the worker: its runs do not see that either. */
function dispatcherOf(
  { proxy, noProxy = '' }: Pick<Network, 'proxy' | 'noProxy'>,
  secureContext: SecureContext,
): Dispatcher {
  const tls = { secureContext };
  // Calls that share a connection of HTTP/2 hang together when it is cut.
  const options = { connect: tls, allowH2: false };
  if (proxy === undefined) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy,
    requestTls: tls,
    proxyTls: tls,
  });
}

/** Made once: to read some hundred certificates for each connection takes longer than to connect. */
async function trust({ caFile }: Network, usual: readonly string[]): Promise<SecureContext> {
  const besides = caFile === undefined ? [] : [(await readAuthorities(caFile)).text];
  return createSecureContext({ ca: [...new Set(usual), ...besides] });
}

function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}
