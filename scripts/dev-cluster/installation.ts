import { parts, type Part } from '../images/catalogue.ts';
import type { DevArguments } from './arguments.ts';
import type { Cluster } from './cluster.ts';
import { buildImage, deliver } from './dev-images.ts';
import type { ImageWay } from './image-way.ts';
import type { PortForward } from './port-forward.ts';
import { applyKinds } from './preparation.ts';
import { agentImage, upgrade, waitForRollout } from './releases.ts';
import { applySample } from './sample.ts';
import { setUpServer } from './server-setup.ts';

/** What an installation stands on. */
export interface InstallationParts {
  readonly cluster: Cluster;
  readonly forward: PortForward;
  readonly way: ImageWay;
  readonly values: Pick<DevArguments, 'serverValues' | 'workerValues'>;
}

/** Verve in the cluster, as the sources have it. */
export interface Installation {
  /**
   * Builds the images of some parts, and has all run that changed since; the first time it builds every image. Gives the
   * admin key. Throws BuildFailed, CommandFailed and CannotStart; what was not done then is due the next time.
   */
  update(touched: readonly Part[], signal: AbortSignal): Promise<string>;
}

/** Knows what it brought into the cluster, so that a second time only what changed goes there. */
export function openInstallation({ cluster, forward, way, values }: InstallationParts): Installation {
  const due = new Set<Part>(parts);
  const tags: Record<Part, string> = { server: '', worker: '', agent: '' };
  const registry = way.kind === 'registry' ? way.registry : '';

  async function bring(part: Part, signal: AbortSignal): Promise<void> {
    const tag = await buildImage(part);
    if (tag !== tags[part]) {
      console.log(`verve-${part}:${tag} goes into the cluster`);
      await deliver(`verve-${part}:${tag}`, way, signal);
      tags[part] = tag;
    }
    due.delete(part);
  }

  return {
    async update(touched, signal) {
      for (const part of touched) due.add(part);
      await applyKinds(cluster);
      for (const part of due) await bring(part, signal);

      const images = { tags, registry };
      await upgrade(cluster, 'verve-server', { ...images, valuesFiles: values.serverValues });
      await waitForRollout(cluster, 'verve-server');
      await forward.renew();
      const adminKey = await setUpServer(cluster, forward.url, signal);
      await upgrade(cluster, 'verve-worker', { ...images, valuesFiles: values.workerValues });
      await applySample(cluster, agentImage(images));
      await waitForRollout(cluster, 'verve-sample');
      await waitForRollout(cluster, 'verve-worker');
      return adminKey;
    },
  };
}
