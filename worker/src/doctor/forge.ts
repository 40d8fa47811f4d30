import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { rootCertificates } from 'node:tls';

import { z } from 'zod';

import type { WorkerSettings } from '../config.ts';
import { forgeOf, type RepositoryForge } from '../forge-of.ts';
import { readLoginFile } from '../secret-file.ts';
import type { Finding } from './finding.ts';

const patienceMs = 10_000;
const login = z.object({ login: z.string() });

/** Whether each forge takes its token. */
export async function checkForges(
  settings: WorkerSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const forges = settings.forges
    .map((entry) => ({ ...forgeOf(settings, entry.prefix), prefix: entry.prefix }))
    .filter(({ kind }) => kind === 'gitea');
  return Promise.all(forges.map(async (forge) => checkForge(forge, settings.network, signal)));
}

async function checkForge(
  forge: RepositoryForge & { readonly prefix: string },
  { caFile, proxy }: WorkerSettings['network'],
  signal: AbortSignal,
): Promise<Finding> {
  const url = `${forge.apiUrl ?? ''}/user`;
  if (proxy !== undefined) {
    const message = `${url} is reached through a proxy, which this check does not use: not checked`;
    return { check: 'forge', state: 'warning', message };
  }
  const { value: token, problem } = await readLoginFile(forge.tokenFile ?? '');
  if (token === undefined) return failed(`${forge.prefix}: the token ${problem}`, 'Write it into its file.');
  try {
    const ca = caFile === undefined ? undefined : [...rootCertificates, await readFile(caFile, 'utf8')];
    const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    return judge(url, await get(url, token, { ca, signal: either }));
  } catch (error) {
    signal.throwIfAborted();
    const fix =
      'Check "apiUrl", that the forge runs, and "network.caFile" where its certificate is your own.';
    return failed(`cannot reach ${url}: ${error instanceof Error ? error.message : String(error)}`, fix);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function judge(url: string, { status, body }: Answer): Finding {
  if (status === 401 || status === 403) {
    const fix =
      'Make a token that may read its user, and read and write repositories, issues and pull requests.';
    return failed(`${url} does not accept the token (${status})`, fix);
  }
  const user = status === 200 ? login.safeParse(parsed(body)) : undefined;
  if (user?.success) return { check: 'forge', state: 'ok', message: `${url}: "${user.data.login}"` };
  return failed(`${url} answers ${status}, not as a forge of this kind`, 'Check "kind" and "apiUrl".');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function failed(message: string, fix: string): Finding {
  return { check: 'forge', state: 'failed', message, fix };
}

/** Not `fetch`, which takes no certificate authorities. */
async function get(
  url: string,
  token: string,
  { ca, signal }: { readonly ca: string[] | undefined; readonly signal: AbortSignal },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const headers = { authorization: `token ${token}`, accept: 'application/json' };
  const sent = request(url, { headers, signal, ...(ca && { ca }) }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}
