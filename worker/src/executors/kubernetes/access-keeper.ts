import { createHash } from 'node:crypto';

import type { V1OwnerReference } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';

import { runName, type RunRequest } from '../../executor.ts';
import { ifThere, isTaken } from '../../kubernetes/api-error.ts';
import { mergePatch, within, type Cluster } from '../../kubernetes/cluster.ts';
import { accessSecretName, runLabels } from '../../kubernetes/run-objects.ts';
import { accessSecretOf } from './access-secret.ts';

/** Keeps the Secrets that runs log in with as the worker's own files are. The API server is never asked for one. */
export interface AccessKeeper {
  /** Makes a run's Secret, or brings it up to date. */
  make(request: RunRequest, owner: V1OwnerReference): Promise<void>;
  /** Writes it where the worker's files have changed since; nothing else. */
  refresh(request: RunRequest): Promise<void>;
  remove(ref: AttemptRef): Promise<void>;
}

/** Has made none. */
export function createAccessKeeper(cluster: Cluster, installation: string): AccessKeeper {
  const { core, namespace } = cluster;
  const never = new AbortController().signal;
  const written = new Map<string, string>();

  async function write(request: RunRequest, stringData: Record<string, string>): Promise<void> {
    const name = accessSecretName(request.spec);
    await ifThere(core.patchNamespacedSecret({ namespace, name, body: { stringData } }, mergePatch(never)));
    written.set(runName(request.spec), digestOf(stringData));
  }

  return {
    async make(request, owner) {
      const { spec } = request;
      const stringData = await accessSecretOf(request);
      const metadata = {
        name: accessSecretName(spec),
        labels: runLabels(installation, spec),
        ownerReferences: [owner],
      };
      try {
        await core.createNamespacedSecret({ namespace, body: { metadata, stringData } }, within(never));
        written.set(runName(spec), digestOf(stringData));
      } catch (error) {
        if (!isTaken(error)) throw error;
        await write(request, stringData);
      }
    },
    async refresh(request) {
      const stringData = await accessSecretOf(request);
      if (written.get(runName(request.spec)) !== digestOf(stringData)) await write(request, stringData);
    },
    async remove(ref) {
      written.delete(runName(ref));
      await ifThere(core.deleteNamespacedSecret({ namespace, name: accessSecretName(ref) }, within(never)));
    },
  };
}

function digestOf(content: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
