import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { changeOf, type SourceChange } from './source-change.ts';

const folders = {
  whole: ['contract/src', 'server/src', 'worker/src', 'agent/src', 'charts', 'crds', 'scripts/dev-cluster'],
  /** What lies in them, without what lies below that. */
  flat: ['.', 'contract', 'server', 'worker', 'agent'],
};

/** So long without a further change, and a change is over: editors and git write many files one after the other. */
const quietMs = 500;

/** What is told of changes that are of any matter. */
export interface SourceWatch extends Disposable {
  /** Waits for the next change; one that came since the last call counts. Throws the signal's reason when it aborts. */
  next(signal: AbortSignal): Promise<SourceChange & { readonly paths: readonly string[] }>;
}

/** Watches the sources of images and charts below a folder. */
export function watchSources(root: string): SourceWatch {
  const changed = new Set<string>();
  const open = (folder: string, recursive: boolean): FSWatcher =>
    watch(join(root, folder), { recursive }, (_, file) => {
      if (file !== null) changed.add(join(folder, file));
    });
  const watchers = [
    ...folders.whole.map((folder) => open(folder, true)),
    ...folders.flat.map((folder) => open(folder, false)),
  ];

  return {
    async next(signal) {
      for (let before = 0; ; before = changed.size) {
        await sleep(quietMs, undefined, { signal });
        if (changed.size !== before) continue;
        const paths = [...changed].filter((path) => changeOf([path]) !== undefined);
        changed.clear();
        const change = changeOf(paths);
        if (change !== undefined) return { ...change, paths };
      }
    },
    [Symbol.dispose]: () => watchers.forEach((watcher) => watcher.close()),
  };
}
