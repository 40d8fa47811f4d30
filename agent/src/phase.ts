import type { Phase, PhaseOutcome } from '@verve/contract';
import { phaseFailures } from '@verve/contract/run';

import type { PhaseInput } from './config.ts';
import { failedForRoom, withRoom } from './disk-room.ts';
import { PhaseFailed, writeOutcome } from './outcome.ts';

type RunOfPhase = (input: PhaseInput, signal: AbortSignal) => Promise<PhaseOutcome>;

/** Each loads what it needs and nothing of the others: a run starts this program three times. */
const phases = {
  checkout: async () => (await import('./phases/checkout.ts')).checkout,
  agent: async () => (await import('./phases/agent.ts')).agent,
  publish: async () => (await import('./phases/publish.ts')).publish,
} satisfies Record<Phase, () => Promise<RunOfPhase>>;

/** Runs one phase to its outcome, whatever happens, and writes it. */
export async function runPhase(name: Phase, input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const outcome = await nameLackOfRoom(name, input, await endOf(name, input, signal));
  // However long a full disk takes: whoever does not wait for it ends this program.
  await withRoom(Infinity, async () => writeOutcome(input.out, outcome));
  return outcome;
}

async function endOf(name: Phase, input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  try {
    const run = await phases[name]();
    return await run(input, signal);
  } catch (error) {
    if (signal.aborted) return { status: 'canceled', reason: 'Canceled', message: `stopped in ${name}` };
    if (error instanceof PhaseFailed) return error.outcome;
    const message = error instanceof Error ? error.message : String(error);
    return new PhaseFailed(phaseFailures[name], message).outcome;
  }
}

/** What failed for no better reason, on a full disk, failed for that. */
async function nameLackOfRoom(
  name: Phase,
  { out }: PhaseInput,
  outcome: PhaseOutcome,
): Promise<PhaseOutcome> {
  const { reason, message = '' } = outcome;
  if (reason !== phaseFailures[name] || !(await failedForRoom(message, out))) return outcome;
  return { ...outcome, ...new PhaseFailed('OutOfDisk', `the disk of the run is full: ${message}`).outcome };
}
