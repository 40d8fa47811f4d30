import type { Price } from '@verve/contract';

import type { DriverEvent, ProgramEvent, ProgramUsage } from './driver-event.ts';

/** Tools that were called and have not said anything, of which so many are remembered. */
const openTools = 1_000;
/** Steps whose usage may still be corrected; some run at once, in helpers of the agent. */
const openSteps = 50;
/** Characters of words that are joined; what goes on for longer is told in parts. */
const joinedText = 100_000;

/** Makes events of what comes in several lines: words of their pieces, tools of their call and end, usage of its steps. */
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
  const steps = new Map<string, ProgramUsage>();
  let words = '';
  let settled: ProgramUsage = {};
  let stepSum: ProgramUsage = {};
  let total: ProgramUsage | undefined;

  function addStep(id: string, usage: ProgramUsage): void {
    const isCorrection = steps.delete(id);
    steps.set(id, usage);
    // Summed up anew only where something is to be taken away: there may be a million steps.
    stepSum = isCorrection ? [...steps.values()].reduce(sum, settled) : sum(stepSum, usage);
    const [oldest] = steps;
    if (steps.size <= openSteps || !oldest) return;
    steps.delete(oldest[0]);
    settled = sum(settled, oldest[1]);
  }

  function usage(): ProgramUsage | undefined {
    if (!total && steps.size === 0) return undefined;
    return withCost({ ...stepSum, ...total }, price);
  }

  function usageEvent(): readonly DriverEvent[] {
    const used = usage();
    if (!used) return [];
    onUsage(used);
    const { cachedInputTokens: _cached, ...told } = used;
    return [{ kind: 'usage', usage: told }];
  }

  function endWords(): readonly DriverEvent[] {
    const text = words;
    words = '';
    return text === '' ? [] : [{ kind: 'text', text }];
  }

  function push(event: ProgramEvent): readonly DriverEvent[] {
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
        addStep(event.id, event.usage);
        return usageEvent();
      case 'total':
      case 'usage':
        total = event.usage;
        return usageEvent();
      case 'final':
        if (event.usage) {
          total = event.usage;
          onUsage(usage() ?? total);
        }
        return [event];
      case 'text':
      case 'tool':
      case 'retry':
      case 'error':
        return [event];
      default:
        return event satisfies never;
    }
  }

  return {
    push,
    end: () => [...endWords(), ...[...tools.values()].map((name) => ({ kind: 'tool', name }) as const)],
    usage,
  };
}

function sum(a: ProgramUsage, b: ProgramUsage): ProgramUsage {
  const names = ['costUsd', 'inputTokens', 'outputTokens', 'cachedInputTokens'] as const;
  const added = names.flatMap((name) => {
    const values = [a[name], b[name]].filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[name, values.reduce((one, other) => one + other)] as const];
  });
  return Object.fromEntries(added);
}

const million = 1_000_000;

/** Usage with its cost; unchanged where the program told it, or where nobody knows the price. */
function withCost(usage: ProgramUsage, price: Price | undefined): ProgramUsage {
  const { costUsd, inputTokens = 0, outputTokens = 0, cachedInputTokens = 0 } = usage;
  if (costUsd !== undefined || !price) return usage;
  const { inputUsd, outputUsd, cachedInputUsd = inputUsd } = price;
  const fresh = Math.max(0, inputTokens - cachedInputTokens);
  const dollars = fresh * inputUsd + cachedInputTokens * cachedInputUsd + outputTokens * outputUsd;
  return { ...usage, costUsd: dollars / million };
}
