import type { Price } from '@verve/contract';

import type { DriverEvent, ProgramEvent, ProgramUsage } from './driver-event.ts';
import { createUsageTally, toldUsage } from './usage-tally.ts';

/** Tools that were called and have not said anything, of which so many are remembered. */
const openTools = 1_000;
/** Characters of words that are joined; what goes on for longer is told in parts. */
const joinedText = 100_000;
/** What comes of an answer of the model host. */
const ofAnswers: ReadonlySet<ProgramEvent['kind']> = new Set([
  'text',
  'textPart',
  'tool',
  'toolStarted',
  'step',
]);

/**
 * Makes events of what comes in several lines: words of their pieces, tools of their call and end, usage of its steps.
 * Retries that have no number are counted from the last answer on.
 */
export interface EventAssembly {
  /** Takes what a driver made of a line, and gives the events that are whole with it. */
  push(event: ProgramEvent): readonly DriverEvent[];
  /** What is left at the end: words that nothing followed, and tools that never ended. */
  end(): readonly DriverEvent[];
  /** What the run has used so far; undefined: nothing was told. */
  usage(): ProgramUsage | undefined;
}

/**
 * Starts an assembly. `price` is that of the model, for usage that comes without money; `onUsage` hears what the run has
 * used so far, each time that it is told.
 */
export function createEventAssembly(
  price: Price | undefined,
  onUsage: (usage: ProgramUsage) => void = () => undefined,
): EventAssembly {
  const tools = new Map<string, string>();
  const tally = createUsageTally(price);
  let words = '';
  let retries = 0;

  function tellUsage(): ProgramUsage | undefined {
    const used = tally.usage();
    if (used) onUsage(used);
    return used;
  }

  function usageEvents(): readonly DriverEvent[] {
    const used = tellUsage();
    return used ? [{ kind: 'usage', usage: toldUsage(used) }] : [];
  }

  function endWords(): readonly DriverEvent[] {
    const text = words;
    words = '';
    return text === '' ? [] : [{ kind: 'text', text }];
  }

  function push(event: ProgramEvent): readonly DriverEvent[] {
    if (ofAnswers.has(event.kind)) retries = 0;
    if (event.kind !== 'textPart') return [...endWords(), ...pushWhole(event)];
    words += event.text;
    return words.length > joinedText ? endWords() : [];
  }

  function pushWhole(event: Exclude<ProgramEvent, { kind: 'textPart' }>): readonly DriverEvent[] {
    switch (event.kind) {
      case 'toolStarted': {
        tools.set(event.id, event.name);
        const [oldest] = tools.keys();
        if (tools.size > openTools && oldest !== undefined) tools.delete(oldest);
        return [];
      }
      case 'toolEnded': {
        const { id, kind: _kind, ...end } = event;
        const name = tools.get(id) ?? id;
        tools.delete(id);
        return [{ kind: 'tool', name, ...end }];
      }
      case 'step':
        tally.addStep(event.id, event.usage);
        return usageEvents();
      case 'total':
      case 'usage':
        tally.setTotal(event.usage);
        return usageEvents();
      case 'final':
        if (!event.usage) return [event];
        tally.setTotal(event.usage);
        tellUsage();
        return [event];
      case 'retry':
        retries = event.number ?? retries + 1;
        return [{ ...event, number: retries }];
      case 'text':
      case 'tool':
      case 'error':
        return [event];
      default:
        return event satisfies never;
    }
  }

  return {
    push,
    end: () => [...endWords(), ...[...tools.values()].map((name) => ({ kind: 'tool', name }) as const)],
    usage: () => tally.usage(),
  };
}
