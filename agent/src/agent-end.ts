import type { Reason, RunSpec } from '@verve/contract';
import { limits } from '@verve/contract/limits';

import { summaryLength, type AgentOutcome } from './agent-outcome.ts';
import type { Driver, Verdict } from './driver.ts';
import type { RunnerResult } from './runner.ts';
import { toldUsage } from './usage-tally.ts';

/** What an agent phase tells of its end before the work is looked at; without a reason the work counts. */
export interface AgentEnd {
  /** What is told besides, however the phase ends. */
  readonly told: Partial<AgentOutcome>;
  /** How the phase ends; undefined: with the work. */
  readonly outcome?: AgentOutcome;
}

/** Judges the end of a program that the runner has run. `mask` makes its words fit to leave. */
export function endOf(
  { driver, result, spec }: { driver: Driver; result: RunnerResult; spec: RunSpec },
  mask: (text: string) => string,
): AgentEnd {
  const verdict = driver.classify(result);
  const told = { ...toldOf(verdict, spec, mask), ...usageOf(result) };
  const { stop, failure } = result;
  if (stop === 'told') {
    return {
      told,
      outcome: { ...told, status: 'canceled', reason: 'Canceled', message: 'stopped in agent' },
    };
  }
  if (failure) return { told, outcome: { ...told, ...failure.outcome } };
  if (stop === 'stalled') return { told, outcome: { ...told, ...stalled(result, spec) } };
  if (stop === 'overspent') {
    const message = result.overspent ?? 'the agent has used more than it may';
    return { told, outcome: { ...told, status: 'failed', reason: 'BudgetExceeded', message } };
  }
  const { reason } = verdict;
  return { told, ...(reason !== undefined && { outcome: { ...told, status: 'failed', reason } }) };
}

function toldOf(
  { reason, message, words, summary, retryAfterSeconds }: Verdict,
  spec: RunSpec,
  mask: (text: string) => string,
): Partial<AgentOutcome> {
  const mayTell = words !== undefined && spec.logLevel !== 'states';
  const ending = mayTell ? `${message ?? ''}. Its last words:\n${words}` : message;
  const sentence = reason === 'AgentUnauthorized' ? `${refusedKey(spec)}. ${ending ?? ''}` : ending;
  return {
    ...(sentence !== undefined && { message: sentence.slice(0, limits.messageLength) }),
    ...(summary !== undefined && { summary: mask(summary).slice(0, summaryLength) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function refusedKey({ agent: { name, modelHost } }: RunSpec): string {
  const host = modelHost?.baseUrl === undefined ? 'the model host' : `the model host ${modelHost.baseUrl}`;
  return `${host} refuses the key of the agent "${name}"; write a valid one into the keyFile of its modelHost`;
}

function usageOf({ usage }: RunnerResult): Partial<AgentOutcome> {
  return usage ? { usage: toldUsage(usage) } : {};
}

/** One that was asking its model host in vain was silent for that, and ends for the same reason as one that gave up. */
function stalled({ events }: RunnerResult, { agent, logLevel }: RunSpec): AgentOutcome {
  const { name, stallSeconds } = agent;
  const silence = `the agent "${name}" was stopped: it had no output for ${stallSeconds} s`;
  const last = events.at(-1);
  const trouble = last?.kind === 'retry' || last?.kind === 'error' ? last : undefined;
  const reason: Reason = trouble?.reason ?? 'AgentStalled';
  if (!trouble || reason === 'AgentStalled') {
    const fix = 'See the end of its log, or raise stallSeconds of the agent if it may be silent for longer';
    return { status: 'failed', reason, message: `${silence}. ${fix}` };
  }
  const words = logLevel === 'states' ? '' : `: ${trouble.message}`;
  const message = `${silence} after its model host had failed it${words}`;
  return { status: 'failed', reason, message: message.slice(0, limits.messageLength) };
}
