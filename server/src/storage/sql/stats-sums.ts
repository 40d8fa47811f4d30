import type { Stats, TaskStatus } from '@verve/contract';

type Sums = Stats['totals'];

/** Tasks that ended on one day alike. */
export interface EndedGroup extends Omit<Sums, 'completed' | 'failed' | 'canceled'> {
  /** YYYY-MM-DD, in UTC. */
  readonly day: string;
  /** Undefined: the task left the choice to the worker. */
  readonly agent: string | undefined;
  readonly reason: string | undefined;
  readonly status: TaskStatus;
  readonly count: number;
}

/** What a task without an agent is counted under. */
const unnamedAgent = 'default';

/** Adds groups up in all the ways that statistics tell them; days and agents are in order. */
export function sumUp(groups: readonly EndedGroup[]): Pick<Stats, 'totals' | 'reasons' | 'days' | 'agents'> {
  const reasons = new Map<string, number>();
  for (const { reason, count } of groups) {
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  return {
    totals: add(groups),
    reasons: Object.fromEntries(reasons),
    days: addBy(groups, ({ day }) => day).map(([day, sums]) => ({ day, ...sums })),
    agents: addBy(groups, ({ agent }) => agent ?? unnamedAgent).map(([agent, sums]) => ({ agent, ...sums })),
  };
}

function addBy(groups: readonly EndedGroup[], keyOf: (group: EndedGroup) => string): [string, Sums][] {
  const byKey = Map.groupBy(groups, keyOf);
  return [...byKey.keys()].toSorted().map((key) => [key, add(byKey.get(key) ?? [])]);
}

function add(groups: readonly EndedGroup[]): Sums {
  const countOf = (status: TaskStatus): number =>
    total(groups, (group) => (group.status === status ? group.count : 0));
  return {
    completed: countOf('completed'),
    failed: countOf('failed'),
    canceled: countOf('canceled'),
    // Millionths of a dollar: sums of binary fractions must not show.
    costUsd: Math.round(total(groups, ({ costUsd }) => costUsd) * 1e6) / 1e6,
    inputTokens: total(groups, ({ inputTokens }) => inputTokens),
    outputTokens: total(groups, ({ outputTokens }) => outputTokens),
  };
}

function total(groups: readonly EndedGroup[], of: (group: EndedGroup) => number): number {
  return groups.reduce((sum, group) => sum + of(group), 0);
}
