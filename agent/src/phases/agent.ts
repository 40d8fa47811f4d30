import type { PhaseOutcome } from '@verve/contract';

import { readBase } from '../base.ts';
import type { PhaseInput } from '../config.ts';
import { driverOf } from '../drivers.ts';
import { runProgram } from '../runner.ts';
import { bundleWork } from '../work.ts';

/** Lets the driver's program work in the tree, then commits what it left and bundles the new commits. */
export async function agent(input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const { spec, taskFile, tree, environment } = input;
  const driver = driverOf(spec.agent.driver);
  const preparation = driver.prepare({ spec, taskFile });
  const base = await readBase(input.checkoutOut);

  const words = { o: process.stdout, e: process.stderr };
  const { exit, events } = await runProgram({ driver, preparation, tree, environment, words });
  signal.throwIfAborted();
  const { reason, message, usage, retryAfterSeconds } = driver.classify(exit, events);
  const told = {
    ...(usage && { usage }),
    ...(message !== undefined && { message }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  if (reason !== undefined) return { status: 'failed', reason, ...told };

  const work = await bundleWork(input, base);
  if (work) return { status: 'completed', ...told };
  return {
    status: 'completed',
    reason: 'NoChanges',
    ...told,
    message: message ?? 'the agent ended well and changed nothing',
  };
}
