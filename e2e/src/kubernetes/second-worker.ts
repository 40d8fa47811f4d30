import { kubernetesDefaults } from './worker-values.ts';
import type { ClusterWorld } from './world.ts';

/** What another worker does differently. */
export interface SecondWorker {
  /** Its installation: what its objects are called. */
  readonly name: string;
  /** Laid over the first one's settings. */
  readonly settings: object;
  /** Of runs, laid over those of all tests. */
  readonly kubernetes: object;
}

/** Installs another worker in the namespace of the first, with the same keys. */
export async function installBeside(
  world: Pick<ClusterWorld, 'install'>,
  { name, settings, kubernetes }: SecondWorker,
): Promise<void> {
  const own = { name, ...settings, kubernetes: { ...kubernetesDefaults, ...kubernetes } };
  await world.install(own, { name });
}
