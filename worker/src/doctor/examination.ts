import type { WorkerConfig, WorkerSettings } from '../config.ts';
import { readKey } from '../worker-key.ts';
import { checkAuthorities } from './authorities.ts';
import { checkDataFolder } from './data-folder.ts';
import type { Finding } from './finding.ts';
import { checkForges } from './forge.ts';
import { checkSecretFiles } from './secret-files.ts';
import { checkServer } from './server.ts';

/** What is examined, and by what. */
export interface Examination {
  readonly config: WorkerConfig;
  /** Where the worker keeps its own files. */
  readonly home: string;
  readonly checkExecutor: (settings: WorkerSettings, signal: AbortSignal) => Promise<readonly Finding[]>;
}

/** Every check, in the order in which a task needs what is checked. */
export async function examine(
  { config, home, checkExecutor }: Examination,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { settings } = config;
  const { value: key } = await readKey(config);
  return [
    ...checkSettings(config),
    ...(await checkDataFolder(home)),
    ...(await checkServer(settings, key, signal)),
    ...(await checkExecutor(settings, signal)),
    ...(await checkSecretFiles(config)),
    ...(await checkAuthorities(settings)),
    ...(await checkForges(settings, signal)),
  ];
}

function checkSettings({ settings, unknownVariables }: WorkerConfig): readonly Finding[] {
  const unknown = unknownVariables.map((name): Finding => ({
    check: 'config',
    state: 'warning',
    message: `${name} is no setting and is ignored`,
    fix: 'Take it away, or look for the right name in docs/worker-settings.md.',
  }));
  const count = settings.repositories.length;
  const repositories: Finding =
    count > 0
      ? { check: 'repositories', state: 'ok', message: settings.repositories.join(', ') }
      : {
          check: 'repositories',
          state: 'failed',
          message: 'no repository is allowed, so every task is denied',
          fix: 'List patterns under "repositories", or in VERVE_REPOSITORIES.',
        };
  return [{ check: 'config', state: 'ok', message: `worker "${settings.name}"` }, ...unknown, repositories];
}
