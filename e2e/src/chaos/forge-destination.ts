import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { forgeAdmin, type ForgeAdmin } from '../forge-admin.ts';
import { forgeAccess } from '../forge-world.ts';
import { startTlsProxy } from '../tls-proxy.ts';
import type { Destination, Published } from './destination.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import type { Random } from './random.ts';

/**
 * A new repository at the forge that `FORGE_*` name, behind TLS and then a proxy with faults. It stays there afterwards,
 * to be looked at.
 */
export async function forgeDestination(
  folder: string,
  random: Random,
): Promise<Destination & AsyncDisposable> {
  await using building = new AsyncDisposableStack();
  const forge = forgeAdmin();
  const repository = await forge.makeRepository(`chaos-${randomBytes(4).toString('hex')}`);
  const proxy = building.use(await startFaultyProxy(forge.url, random));
  const tls = building.use(await startTlsProxy(proxy.url, folder));

  const built = building.move();
  return {
    url: `${tls.url}/${repository}.git`,
    workerConfig: forgeAccess({ forge, proxy: tls, folder }),
    proxy,
    setAway: (isAway) => {
      tls.isClosed = isAway;
      proxy.mood = isAway ? 'away' : 'well';
    },
    published: async () => published(forge, repository),
    [Symbol.asyncDispose]: () => built.disposeAsync(),
  };
}

const feedSeconds = 30;

/** The forge writes its feed a moment after a push: waits until the feed knows where each branch is. */
async function published(forge: ForgeAdmin, repository: string): Promise<Published> {
  const deadline = performance.now() + feedSeconds * 1_000;
  for (;;) {
    const pushes = await forge.pushes(repository);
    const refs = await forge.refs(repository);
    const known = new Set(pushes.map(({ ref, commit }) => `${ref} ${commit}`));
    const isWhole = refs.every(
      ({ ref, commit }) => !ref.startsWith('refs/heads/verve/') || known.has(`${ref} ${commit}`),
    );
    if (!isWhole && performance.now() < deadline) {
      await pause(200);
      continue;
    }
    const pullRequests = await forge.pullRequests(repository);
    return {
      pushesTo: (branch) =>
        pushes.filter(({ ref }) => ref === `refs/heads/${branch}`).map(({ commit }) => commit),
      forge: { pullRequests, refs: refs.map(({ ref }) => ref) },
    };
  }
}
