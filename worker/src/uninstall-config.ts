import { readFileSync } from 'node:fs';

import { readSettings } from '@verve/contract';
import { z } from 'zod';

import type { Environment } from './config.ts';
import { kubernetesSettings } from './kubernetes-settings.ts';

/** Of the worker's settings those that say whose objects there are, and where; every other one may be there or not. */
const uninstallSettings = z.object({
  kubernetes: z
    .object(kubernetesSettings.pick({ kubeconfig: true, namespace: true, installation: true }).shape)
    .prefault({}),
});

/** Which installation is removed, and where it is. */
export type UninstallSettings = z.infer<typeof uninstallSettings>['kubernetes'];

/**
 * Reads them where the worker does, and needs nothing else of it: when an installation goes, its key and its file may be
 * gone already. Throws SettingsInvalid with every problem at once.
 */
export function loadUninstallSettings(env: Environment): UninstallSettings {
  const read = readSettings(uninstallSettings, { env, readFile: (path) => readFileSync(path, 'utf8') });
  return read.settings.kubernetes;
}
