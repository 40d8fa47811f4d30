import { NetworkInvalid, readAuthorities } from '../authorities.ts';
import type { WorkerSettings } from '../config.ts';
import { fixOfFile } from '../mounted-file.ts';
import type { Finding } from './finding.ts';

const check = 'authorities';

/** Whether the file of authorities can be read and holds certificates; nothing when none is named. */
export async function checkAuthorities({
  network: { caFile },
}: Pick<WorkerSettings, 'network'>): Promise<readonly Finding[]> {
  if (caFile === undefined) return [];
  try {
    const { count } = await readAuthorities(caFile);
    return [{ check, state: 'ok', message: `${count} in ${caFile}` }];
  } catch (error) {
    if (!(error instanceof NetworkInvalid)) throw error;
    const onMachine = 'Write certificates into the file, PEM, and let the user of the worker read it.';
    const fix = fixOfFile(caFile, onMachine);
    return [{ check, state: 'failed', message: error.message, fix }];
  }
}
