import type { Price, Usage } from '@verve/contract';

import type { ProgramUsage } from './driver-event.ts';

/** Steps whose usage may still be corrected; some run at once, in helpers of the agent. */
const openSteps = 50;
const million = 1_000_000;

/** What a run has used so far. */
export interface UsageTally {
  /** What one call of the model used; the same id again corrects it. */
  addStep(id: string, usage: ProgramUsage): void;
  /** What the whole run used; of what it tells, steps count no more, unless they come to more tokens. */
  setTotal(usage: ProgramUsage): void;
  /** With its cost where that is known; undefined: nothing was told. */
  usage(): ProgramUsage | undefined;
}

/** Starts with nothing. `price` is that of the model, for usage that comes without money. */
export function createUsageTally(price: Price | undefined): UsageTally {
  const steps = new Map<string, ProgramUsage>();
  let settled: ProgramUsage = {};
  let stepSum: ProgramUsage = {};
  let total: ProgramUsage | undefined;

  return {
    addStep(id, usage) {
      const isCorrection = steps.delete(id);
      steps.set(id, usage);
      // Summed up anew only where something is to be taken away: there may be a million steps.
      stepSum = isCorrection ? [...steps.values()].reduce(sum, settled) : sum(stepSum, usage);
      const [oldest] = steps;
      if (steps.size <= openSteps || !oldest) return;
      steps.delete(oldest[0]);
      settled = sum(settled, oldest[1]);
    },
    setTotal(usage) {
      total = usage;
    },
    usage() {
      if (!total && steps.size === 0) return undefined;
      return withCost({ ...stepSum, ...total, ...mostTokens(stepSum, total ?? {}) }, price);
    },
  };
}

/** Some programs tell zeros at the end of a run that they broke off: tokens that were counted are not taken back. */
function mostTokens(steps: ProgramUsage, total: ProgramUsage): ProgramUsage {
  const names = ['inputTokens', 'outputTokens', 'cachedInputTokens'] as const;
  const most = names.flatMap((name) => {
    const counted = [steps[name], total[name]].filter((value) => value !== undefined);
    return counted.length === 0 ? [] : [[name, Math.max(...counted)] as const];
  });
  return Object.fromEntries(most);
}

/** Usage as others are told it. */
export function toldUsage({ cachedInputTokens: _cached, ...told }: ProgramUsage): Usage {
  return told;
}

function sum(a: ProgramUsage, b: ProgramUsage): ProgramUsage {
  const names = ['costUsd', 'inputTokens', 'outputTokens', 'cachedInputTokens'] as const;
  const added = names.flatMap((name) => {
    const values = [a[name], b[name]].filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[name, values.reduce((one, other) => one + other)] as const];
  });
  return Object.fromEntries(added);
}

/** Usage with its cost; unchanged where the program told it, or where nobody knows the price. */
function withCost(usage: ProgramUsage, price: Price | undefined): ProgramUsage {
  const { costUsd, inputTokens = 0, outputTokens = 0, cachedInputTokens = 0 } = usage;
  if (costUsd !== undefined || !price) return usage;
  const { inputUsd, outputUsd, cachedInputUsd = inputUsd } = price;
  const fresh = Math.max(0, inputTokens - cachedInputTokens);
  const dollars = fresh * inputUsd + cachedInputTokens * cachedInputUsd + outputTokens * outputUsd;
  return { ...usage, costUsd: dollars / million };
}
