import { createClient } from '@verve/contract';

import { NetworkInvalid } from '../authorities.ts';
import type { WorkerSettings } from '../config.ts';
import { openServerFetch } from '../network-fetch.ts';
import { keyFix, serverTrouble } from '../server-trouble.ts';
import type { Finding } from './finding.ts';

const patienceMs = 10_000;
/** Whether the server is there shows by any answer. */
const noKey = 'none';

/** Whether the server is there and takes this worker's key, if it has one. It is asked as the worker asks it. */
export async function checkServer(
  settings: WorkerSettings,
  key: string | undefined,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const answers: Finding = { check: 'server', state: 'ok', message: `${settings.serverUrl} answers` };
  try {
    await using way = await openServerFetch(settings);
    const client = createClient({ baseUrl: settings.serverUrl, key: key ?? noKey, fetch: way.fetch });
    const { name, role } = await client.ask('getSession', { signal: either });
    return key === undefined ? [answers] : [answers, keyFinding(settings, name, role)];
  } catch (error) {
    signal.throwIfAborted();
    const found = failure(error, settings, answers);
    return key === undefined ? found.filter(({ check }) => check !== 'key') : found;
  }
}

function failure(error: unknown, settings: WorkerSettings, answers: Finding): readonly Finding[] {
  if (error instanceof NetworkInvalid) {
    const message = `the server was not asked: ${error.message}`;
    return [{ check: 'server', state: 'failed', message, fix: 'Mend the file.' }];
  }
  const { isOfKey, message, fix } = serverTrouble(error, settings);
  const failed: Finding = { check: isOfKey ? 'key' : 'server', state: 'failed', message, fix };
  return isOfKey ? [answers, failed] : [failed];
}

function keyFinding(settings: WorkerSettings, name: string, role: string): Finding {
  const who = `"${name}" with the role ${role}`;
  if (role === 'worker') return { check: 'key', state: 'ok', message: who };
  return { check: 'key', state: 'failed', message: `the key is ${who}, not worker`, fix: keyFix(settings) };
}
