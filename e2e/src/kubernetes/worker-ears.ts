import { setTimeout as pause } from 'node:timers/promises';

import type { Kubectl } from './kubectl.ts';

const lookMs = 2_000;
const selector = '--selector=app.kubernetes.io/name=verve-worker';

/** Listens to the workers of a namespace, also to those that are no more by the time somebody asks. */
export interface WorkerEars {
  /** Listens no more, and gives all that was said. Resolves once the containers that still run have ended. */
  said(): Promise<string>;
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly state: { readonly running?: object };
    }[];
  };
}

interface Pods {
  readonly items: readonly Pod[];
}

/** Listens from now on; what a container said before is heard, too. */
export function listenToWorkers(kubectl: Kubectl): WorkerEars {
  /** By the ids of containers. */
  const heard = new Map<string, Promise<string>>();
  const over = new AbortController();
  const listening = listen();

  function hear({ metadata, status }: Pod): void {
    const id = status.containerStatuses?.find(({ state }) => state.running)?.containerID;
    // A reading that breaks off has its words in its error.
    if (id !== undefined && !heard.has(id)) {
      heard.set(id, kubectl.run(['logs', '--follow', metadata.name]).catch(String));
    }
  }

  async function listen(): Promise<void> {
    while (!over.signal.aborted) {
      await kubectl.get<Pods>('pods', selector).then(
        ({ items }) => items.forEach(hear),
        () => undefined,
      );
      await pause(lookMs);
    }
  }

  return {
    async said() {
      over.abort();
      await listening;
      return (await Promise.all(heard.values())).join('\n');
    },
  };
}
