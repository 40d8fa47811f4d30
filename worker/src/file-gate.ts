import type { WorkerConfig } from './config.ts';
import { checkAuthorities } from './doctor/authorities.ts';
import type { Finding } from './doctor/finding.ts';
import { checkSecretFiles } from './doctor/secret-files.ts';
import { untilMended, type StartGate } from './start-gate.ts';
import { createWorkerKey, readKey, type WorkerKey } from './worker-key.ts';

/** Who waits, and who hears of it. */
export interface FileGate extends Omit<StartGate, 'look'> {
  readonly config: WorkerConfig;
}

/**
 * Waits until every file that the configuration names can be used, since whoever mounts them may do so later, and says
 * which cannot. Resolves to the worker's key.
 */
export async function untilFilesAreThere(
  { config, ...gate }: FileGate,
  signal: AbortSignal,
): Promise<WorkerKey> {
  const look = async (): Promise<readonly Finding[]> => [
    ...(await checkSecretFiles(config)),
    ...(await checkAuthorities(config.settings)),
  ];
  for (;;) {
    await untilMended({ look, ...gate }, signal);
    const { value } = await readKey(config);
    if (value !== undefined) return createWorkerKey(config, value);
  }
}
