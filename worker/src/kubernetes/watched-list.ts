import { Watch, type KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';

import { pause } from '../pause.ts';
import type { Cluster } from './cluster.ts';
import { createObjectStore, nameOf, type ObjectStore } from './object-store.ts';

const firstDelayMs = 250;
const longestDelayMs = 30_000;
/** A connection that lived for that long was a good one, and so was one that told something. */
const goodMs = 5_000;
const serverTimeoutSeconds = 300;
const gone = 410;

/** The objects of a kind, as they are listed. */
export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** What is watched. */
export interface WatchedListOptions<T> {
  readonly cluster: Pick<Cluster, 'config'>;
  /** As `/api/v1/namespaces/verve/pods`. */
  readonly path: string;
  readonly labelSelector: string;
  readonly list: (signal: AbortSignal) => Promise<ListAnswer<T>>;
  readonly logger: Logger;
}

/**
 * The objects that a selector finds, as the API server has them give or take a second. It watches until it is disposed
 * of, over cuts, stalls and restarts of the API server.
 */
export interface WatchedList<T>
  extends Pick<ObjectStore<T>, 'get' | 'values' | 'subscribe'>, AsyncDisposable {
  /** Resolves once the first list is there; throws the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
}

/** Begins to watch. */
export function watchList<T extends KubernetesObject>(options: WatchedListOptions<T>): WatchedList<T> {
  const { path, list, logger } = options;
  const disposal = new AbortController();
  const { signal } = disposal;
  const store = createObjectStore<T>();
  const first = Promise.withResolvers<undefined>();
  let version: string | undefined;
  let isListed = false;
  let hasHeard = false;

  async function relist(): Promise<string> {
    const answer = await list(signal);
    store.replace(answer.items);
    isListed = true;
    first.resolve(undefined);
    return answer.resourceVersion;
  }

  function take(type: string, value: unknown): void {
    if (type === 'ERROR') {
      if ((value as { code?: number }).code === gone) version = undefined;
      return;
    }
    hasHeard = true;
    const object = value as T;
    version = object.metadata?.resourceVersion ?? version;
    if (type === 'DELETED') store.drop(nameOf(object));
    else if (type !== 'BOOKMARK') store.put(object);
  }

  /** Watches until the connection ends, and gives how many failed in a row by then. */
  async function goOn(failures: number): Promise<number> {
    const begunMs = performance.now();
    hasHeard = false;
    try {
      version ??= await relist();
      await watchOnce(options, { resourceVersion: version, take }, signal);
      return 0;
    } catch (error) {
      if (signal.aborted) return failures;
      const wasGood = hasHeard || performance.now() - begunMs > goodMs;
      const inARow = wasGood ? 1 : failures + 1;
      const words = 'the API server cannot be watched; trying on';
      logger[inARow === 5 ? 'warn' : 'debug']({ err: error, path, failures: inARow }, words);
      await pause(delayOf(inARow), signal);
      return inARow;
    }
  }

  async function keepWatching(): Promise<void> {
    for (let failures = 0; !signal.aborted;) failures = await goOn(failures);
  }

  const watching = keepWatching();
  return {
    async ready(either) {
      if (!isListed) await Promise.race([first.promise, rejectionBy(either)]);
    },
    get: (name) => store.get(name),
    values: () => store.values(),
    subscribe: (listener) => store.subscribe(listener),
    async [Symbol.asyncDispose]() {
      disposal.abort();
      await watching;
    },
  };
}

interface WatchFrom {
  readonly resourceVersion: string;
  readonly take: (type: string, value: unknown) => void;
}

/** Resolves when the watch has ended as watches do; throws when it was cut. */
async function watchOnce(
  { cluster, path, labelSelector }: Pick<WatchedListOptions<unknown>, 'cluster' | 'path' | 'labelSelector'>,
  { resourceVersion, take }: WatchFrom,
  signal: AbortSignal,
): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  // It may end before anybody waits for it.
  done.promise.catch(() => undefined);
  const end = (error: unknown): void => {
    if (error instanceof Error && !isQuiet(error)) done.reject(error);
    else done.resolve(undefined);
  };
  const query = {
    labelSelector,
    resourceVersion,
    allowWatchBookmarks: true,
    timeoutSeconds: serverTimeoutSeconds,
  };
  const controller = await new Watch(cluster.config).watch(path, query, take, end);
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await done.promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The client ends a watch after 30 s without a byte, whether it is quiet or stalled. */
function isQuiet(error: Error): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

function delayOf(failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)) * Math.random();
}

async function rejectionBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
