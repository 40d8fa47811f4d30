import { ApiError, type Client } from '@verve/contract';

import type { Finding } from './finding.ts';

const patienceMs = 10_000;

/** Whether the server is there and takes this worker's key. */
export async function checkServer(
  url: string,
  client: Client,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const session = await client.ask('getSession', { signal: either });
    const server: Finding = { check: 'server', state: 'ok', message: `${url} answers` };
    const who = `"${session.name}" with the role ${session.role}`;
    if (session.role === 'worker') return [server, { check: 'key', state: 'ok', message: who }];
    return [server, keyProblem(`the key is ${who}, not worker`)];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      const server: Finding = { check: 'server', state: 'ok', message: `${url} answers` };
      return [server, keyProblem('the server does not accept the key')];
    }
    return [
      {
        check: 'server',
        state: 'failed',
        message: error instanceof ApiError ? `${url}: ${error.message}` : String(error),
        fix: 'Check "serverUrl" (VERVE_SERVER_URL), that the server runs, and what stands between: proxies, certificates.',
      },
    ];
  }
}

function keyProblem(message: string): Finding {
  return {
    check: 'key',
    state: 'failed',
    message,
    fix: 'Make one: verve key create --role worker --project <project> <name>. Give it in VERVE_KEY or VERVE_KEY_FILE.',
  };
}
