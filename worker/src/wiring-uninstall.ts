import { SettingsInvalid } from '@verve/contract';
import { pino } from 'pino';

import { wordsOf } from './kubernetes/api-error.ts';
import { openCluster, type Cluster } from './kubernetes/cluster.ts';
import type { UninstallSettings } from './uninstall-config.ts';
import { uninstall, type Uninstallation } from './uninstallation.ts';

/** Removes an installation from the cluster that the settings name. Throws SettingsInvalid where they name none. */
export async function uninstallFrom(
  settings: UninstallSettings,
  standBy: (holder: string, waitMs: number) => void,
  signal: AbortSignal,
): Promise<Uninstallation> {
  const cluster = clusterOf(settings);
  // What matters is told by `standBy` and in the answer.
  const logger = pino({ level: 'silent' });
  return uninstall({ cluster, installation: settings.installation, standBy, logger }, signal);
}

function clusterOf(settings: UninstallSettings): Cluster {
  try {
    return openCluster(settings);
  } catch (error) {
    const message = `cannot be used: ${wordsOf(error)}`;
    throw new SettingsInvalid([{ path: 'kubernetes.kubeconfig', message }]);
  }
}
