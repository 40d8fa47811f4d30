import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Destination } from './destination.ts';

/** What the worker of a chaos run is told. */
interface ChaosWorker {
  readonly destination: Destination;
  readonly capacity: number;
  /** Of one task's log. */
  readonly lines: number;
}

const agentSeconds = 4;

/** Writes the worker's configuration into a folder; gives the file. */
export function writeWorkerConfig(folder: string, { destination, capacity, lines }: ChaosWorker): string {
  const path = join(folder, 'worker.json');
  const counter = join(import.meta.dirname, 'counter.mjs');
  const command = ['node', counter, String(lines), String(agentSeconds)];
  const config = {
    name: 'chaos',
    capacity,
    repositories: [destination.url],
    runLogs: 'full',
    agents: [{ name: 'counter', driver: 'command', command }],
    ...destination.workerConfig,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
