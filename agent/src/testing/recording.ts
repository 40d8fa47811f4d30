import { existsSync, readFileSync } from 'node:fs';

import type { Price } from '@verve/contract';

import type { DriverEvent, ProgramUsage } from '../driver-event.ts';
import type { Driver, ProgramExit, Verdict } from '../driver.ts';
import { createEventAssembly } from '../event-assembly.ts';
import { createLastLines } from '../last-lines.ts';

const folder = new URL('../drivers/recordings/', import.meta.url);

/** What the runner makes of a recorded run. */
export interface Replay {
  /** Without `usage`, of which there is one after each step. */
  readonly events: readonly DriverEvent[];
  readonly usage: ProgramUsage | undefined;
  readonly verdict: Verdict;
}

/** Lets a driver judge what a real program once said (`drivers/recordings/README.md`). */
export function replay(driver: Driver, recording: string, price?: Price): Replay {
  const assembly = createEventAssembly(price);
  const lastLines = createLastLines();
  const events: DriverEvent[] = [];
  for (const [stream, text] of [
    ['o', read(`${recording}.jsonl`)],
    ['e', read(`${recording}.stderr.txt`)],
  ] as const) {
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const parsed = driver.parse(line, stream);
      if (!parsed) lastLines.add(line);
      events.push(...(parsed ?? []).flatMap((event) => assembly.push(event)));
    }
  }
  events.push(...assembly.end());
  const exit = JSON.parse(read(`${recording}.exit.json`)) as ProgramExit;
  return {
    events: events.filter(({ kind }) => kind !== 'usage'),
    usage: assembly.usage(),
    verdict: driver.classify({ exit, events, lastLines: lastLines.all() }),
  };
}

function read(name: string): string {
  const file = new URL(name, folder);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
