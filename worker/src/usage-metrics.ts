import type { Usage } from '@verve/contract';
import { Counter, Gauge, type Registry } from 'prom-client';

import { runName } from './executor.ts';
import type { MeteredAttempt } from './meters.ts';

/** What agents have used. */
export interface UsageMeters {
  /** An attempt in hand has used so much up to now. */
  inHand(attempt: MeteredAttempt, usage: Usage): void;
  /** An attempt is over; undefined: what it used is what it told last. */
  ended(attempt: MeteredAttempt, usage: Usage | undefined): void;
}

/**
 * Counters of what ended attempts have used, and gauges of what those in hand have used up to now: each attempt stands
 * in one of them, also after a restart of the worker, which hears of it anew.
 */
export function usageMeters(registry: Registry): UsageMeters {
  const registers = [registry];
  const cost = new Counter({
    name: 'verve_worker_usage_cost_usd_total',
    help: 'US dollars that ended attempts have cost, by agent, where the cost is known.',
    labelNames: ['agent'],
    registers,
  });
  const tokens = new Counter({
    name: 'verve_worker_usage_tokens_total',
    help: 'Tokens that ended attempts have used, by agent and direction.',
    labelNames: ['agent', 'direction'],
    registers,
  });
  const running = new Map<string, { readonly agent: string; readonly usage: Usage }>();
  /** Nothing is told of an agent whose cost nobody knows: 0 would say that it is free. */
  const knowsCost = (agent: string): boolean =>
    [...running.values()].every((one) => one.agent !== agent || one.usage.costUsd !== undefined);
  const sumOf = (agent: string, name: keyof Usage): number =>
    [...running.values()]
      .filter((one) => one.agent === agent)
      .reduce((sum, one) => sum + (one.usage[name] ?? 0), 0);
  const costInHand = new Gauge({
    name: 'verve_worker_usage_in_hand_cost_usd',
    help: 'US dollars that attempts in hand have cost up to now, by agent.',
    labelNames: ['agent'],
    registers,
  });
  const tokensInHand = new Gauge({
    name: 'verve_worker_usage_in_hand_tokens',
    help: 'Tokens that attempts in hand have used up to now, by agent and direction.',
    labelNames: ['agent', 'direction'],
    registers,
  });

  function tellInHand(agent: string): void {
    if (knowsCost(agent)) costInHand.set({ agent }, sumOf(agent, 'costUsd'));
    else costInHand.remove({ agent });
    tokensInHand.set({ agent, direction: 'input' }, sumOf(agent, 'inputTokens'));
    tokensInHand.set({ agent, direction: 'output' }, sumOf(agent, 'outputTokens'));
  }

  return {
    inHand(attempt, usage) {
      const agent = attempt.spec.agent.name;
      running.set(runName(attempt), { agent, usage });
      tellInHand(agent);
    },
    ended(attempt, usage) {
      const agent = attempt.spec.agent.name;
      const used = usage ?? running.get(runName(attempt))?.usage;
      running.delete(runName(attempt));
      tellInHand(agent);
      if (!used) return;
      if (used.costUsd !== undefined) cost.inc({ agent }, used.costUsd);
      tokens.inc({ agent, direction: 'input' }, used.inputTokens ?? 0);
      tokens.inc({ agent, direction: 'output' }, used.outputTokens ?? 0);
    },
  };
}
