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
  for (const { stream, line } of linesOf(recording)) {
    const parsed = driver.parse(line, stream);
    if (!parsed) lastLines.add(line);
    events.push(...(parsed ?? []).flatMap((event) => assembly.push(event)));
  }
  events.push(...assembly.end());
  const exit = JSON.parse(read(`${recording}.exit.json`)) as ProgramExit;
  return {
    events: events.filter(({ kind }) => kind !== 'usage'),
    usage: assembly.usage(),
    verdict: driver.classify({ exit, events, lastLines: lastLines.all() }),
  };
}

function linesOf(recording: string): { readonly stream: 'o' | 'e'; readonly line: string }[] {
  const streams = [
    { stream: 'o', text: read(`${recording}.jsonl`) },
    { stream: 'e', text: read(`${recording}.stderr.txt`) },
  ] as const;
  return streams.flatMap(({ stream, text }) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ stream, line })),
  );
}

function read(name: string): string {
  const file = new URL(name, folder);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
