import type { Phase, PhaseOutcome } from '@verve/contract';

import type { PhaseInput } from './config.ts';
import { PhaseFailed, writeOutcome } from './outcome.ts';
import { agent } from './phases/agent.ts';
import { checkout } from './phases/checkout.ts';
import { publish } from './phases/publish.ts';

const phases = { checkout, agent, publish } satisfies Record<
  Phase,
  (input: PhaseInput, signal: AbortSignal) => Promise<PhaseOutcome>
>;

/** The reason of an end that no phase foresaw. */
const crashReasons = {
  checkout: 'CheckoutFailed',
  agent: 'AgentFailed',
  publish: 'PublishFailed',
} as const satisfies Record<Phase, string>;

/** Runs one phase to its outcome, whatever happens, and writes it. */
export async function runPhase(name: Phase, input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const outcome = await endOf(name, input, signal);
  await writeOutcome(input.out, outcome);
  return outcome;
}

async function endOf(name: Phase, input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  try {
    return await phases[name](input, signal);
  } catch (error) {
    if (signal.aborted) return { status: 'canceled', reason: 'Canceled', message: `stopped in ${name}` };
    if (error instanceof PhaseFailed) return error.outcome;
    const message = error instanceof Error ? error.message : String(error);
    return new PhaseFailed(crashReasons[name], message).outcome;
  }
}
