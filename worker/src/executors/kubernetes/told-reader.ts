import type { ContainerTold, Phase } from '@verve/contract';

import type { Cluster } from '../../kubernetes/cluster.ts';
import { pause } from '../../pause.ts';
import { parseContainerLine } from './container-line.ts';
import { readPodLog, type LogPlace, type TimedLine } from './pod-log.ts';

const againMs = 1_000;
/** What was told last is among these, also behind a burst of other lines. */
const tailLines = 50;

/** What takes in what containers tell while they run. */
export interface ToldReader extends AsyncDisposable {
  /** Reads that container from now on, instead of another one; undefined: none. */
  attend(place: LogPlace | undefined): void;
}

/** Reads nothing at first. `told` is called with all that a container tells. */
export function createToldReader(
  cluster: Cluster,
  told: (phase: Phase, what: ContainerTold) => void,
): ToldReader {
  let current: { readonly key: string; readonly stop: AbortController } | undefined;
  const readings = new Set<Promise<void>>();

  async function read(place: LogPlace, signal: AbortSignal): Promise<void> {
    const take = (lines: readonly TimedLine[]): void => {
      for (const { text } of lines) {
        const parsed = parseContainerLine(text);
        if (parsed.kind === 'told') told(place.container, parsed.told);
      }
    };
    const query = { follow: true, tailLines };
    while (!signal.aborted) {
      await readPodLog(cluster, { place, query, take }, signal);
      await pause(againMs, signal);
    }
  }

  function begin(place: LogPlace, key: string): void {
    const stop = new AbortController();
    current = { key, stop };
    const done = read(place, stop.signal).finally(() => readings.delete(done));
    readings.add(done);
  }

  return {
    attend(place) {
      const key = place && `${place.pod} ${place.container}`;
      if (key === current?.key) return;
      current?.stop.abort();
      current = undefined;
      if (place && key !== undefined) begin(place, key);
    },
    async [Symbol.asyncDispose]() {
      current?.stop.abort();
      await Promise.all(readings);
    },
  };
}
