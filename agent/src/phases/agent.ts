import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { endOf } from '../agent-end.ts';
import { subjectLength, type AgentOutcome } from '../agent-outcome.ts';
import { readBase } from '../base.ts';
import { checkBudget } from '../budget.ts';
import type { PhaseInput } from '../config.ts';
import type { Driver, Preparation } from '../driver.ts';
import { driverOf } from '../drivers.ts';
import { openEventLog } from '../event-log.ts';
import { layOut } from '../lay-out.ts';
import { createPace } from '../pace.ts';
import { createPrinter } from '../printer.ts';
import { versionOf } from '../program-version.ts';
import { promptOf } from '../prompt.ts';
import { createRunMasker } from '../run-masker.ts';
import { runProgram, type RunnerResult } from '../runner.ts';
import { bundleWork } from '../work.ts';

/** Lets the driver's program work in the tree, then commits what it left and bundles the new commits. */
export async function agent(input: PhaseInput, signal: AbortSignal): Promise<AgentOutcome> {
  const driver = driverOf(input.spec.agent.driver);
  const base = await readBase(input.checkoutOut);
  const result = await runDriver(driver, input, signal);
  const mask = createRunMasker(input);
  const { told, outcome } = endOf({ driver, result, spec: input.spec }, mask);
  if (outcome) return outcome;

  const work = await bundleWork(input, base);
  if (work) {
    const subjects = work.subjects.map((subject) => mask(subject).slice(0, subjectLength));
    return { ...told, status: 'completed', subjects };
  }
  return {
    message: 'the agent ended well and changed nothing',
    ...told,
    status: 'completed',
    reason: 'NoChanges',
  };
}

async function runDriver(driver: Driver, input: PhaseInput, signal: AbortSignal): Promise<RunnerResult> {
  const { out, bounds } = input;
  const scratch = await mkdtemp(join(input.temporary, 'agent-'));
  try {
    const preparation = await prepare(driver, { input, scratch }, signal);
    const streams = { o: process.stdout, e: process.stderr };
    const printer = createPrinter(streams, createPace(bounds.outputBytesPerSecond));
    await using log = await openEventLog(out, bounds);
    return await runProgram({ ...input, driver, preparation, scratch, log, printer }, signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Makes everything ready for the program. Throws PhaseFailed (`ConfigInvalid`) when it could not do its work. */
async function prepare(
  driver: Driver,
  { input, scratch }: { readonly input: PhaseInput; readonly scratch: string },
  signal: AbortSignal,
): Promise<Preparation> {
  const { spec, taskFile, home, modelKey } = input;
  checkBudget(spec.agent);
  const preparation = driver.prepare({ spec, prompt: promptOf(spec), modelKey, taskFile, home, scratch });
  await layOut(preparation.files ?? [], { home, scratch });
  if (driver.program) {
    const environment = { ...input.environment, ...preparation.environment };
    await versionOf({ program: driver.program, cwd: scratch, environment }, signal);
  }
  return preparation;
}
