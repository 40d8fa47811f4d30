import type { DriverEvent } from './driver-event.ts';

const keptOfEach = 100;

/** The last events of a program. */
export interface EventMemory {
  add(event: DriverEvent): void;
  /** Oldest first. */
  all(): readonly DriverEvent[];
}

/** Keeps the last of words and tools, and apart from them of the others, which are few and tell the end. */
export function createEventMemory(): EventMemory {
  const kept = { many: [] as [number, DriverEvent][], few: [] as [number, DriverEvent][] };
  let number = 0;
  return {
    add(event) {
      const among = event.kind === 'text' || event.kind === 'tool' ? kept.many : kept.few;
      among.push([number, event]);
      if (among.length > keptOfEach) among.shift();
      number += 1;
    },
    all: () => [...kept.many, ...kept.few].sort(([a], [b]) => a - b).map(([, event]) => event),
  };
}
