import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunSpec } from '@verve/contract';
import { limits } from '@verve/contract/limits';

import { subjectLength, summaryLength, type AgentOutcome } from '../agent-outcome.ts';
import { readBase } from '../base.ts';
import type { PhaseInput } from '../config.ts';
import type { Driver, Verdict } from '../driver.ts';
import { driverOf } from '../drivers.ts';
import { openEventLog } from '../event-log.ts';
import { layOut } from '../lay-out.ts';
import { createPace } from '../pace.ts';
import { createPrinter } from '../printer.ts';
import { createRunMasker } from '../run-masker.ts';
import { runProgram, type RunnerResult } from '../runner.ts';
import { bundleWork } from '../work.ts';

/** Lets the driver's program work in the tree, then commits what it left and bundles the new commits. */
export async function agent(input: PhaseInput, signal: AbortSignal): Promise<AgentOutcome> {
  const driver = driverOf(input.spec.agent.driver);
  const base = await readBase(input.checkoutOut);
  const result = await runDriver(driver, input, signal);
  const verdict = driver.classify(result.exit, result.events);
  const mask = createRunMasker(input);
  const told = toldOf(verdict, input.spec, mask);
  if (result.stop === 'told') {
    return { ...told, status: 'canceled', reason: 'Canceled', message: 'stopped in agent' };
  }
  if (result.failure) return { ...told, ...result.failure.outcome };
  if (result.stop === 'stalled') return { ...told, ...stalled(input) };
  if (verdict.reason !== undefined) return { ...told, status: 'failed', reason: verdict.reason };

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
  const { spec, taskFile, tree, out, home, environment, bounds } = input;
  const scratch = await mkdtemp(join(input.temporary, 'agent-'));
  try {
    const preparation = driver.prepare({ spec, taskFile, home, scratch });
    await layOut(preparation.files ?? [], { home, scratch });
    const printer = createPrinter(
      { o: process.stdout, e: process.stderr },
      createPace(bounds.outputBytesPerSecond),
    );
    await using log = await openEventLog(out, bounds);
    return await runProgram(
      {
        driver,
        preparation,
        tree,
        scratch,
        log,
        environment,
        logLevel: spec.logLevel,
        stallSeconds: spec.agent.stallSeconds,
        bounds,
        printer,
      },
      signal,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function toldOf(
  { message, words, usage, summary, retryAfterSeconds }: Verdict,
  spec: RunSpec,
  mask: (text: string) => string,
): Partial<AgentOutcome> {
  const mayTell = words !== undefined && spec.logLevel !== 'states';
  const sentence = mayTell ? `${message ?? ''}. Its last words:\n${words}` : message;
  return {
    ...(sentence !== undefined && { message: sentence.slice(0, limits.messageLength) }),
    ...(usage && { usage }),
    ...(summary !== undefined && { summary: mask(summary).slice(0, summaryLength) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function stalled({ spec }: PhaseInput): AgentOutcome {
  return {
    status: 'failed',
    reason: 'AgentStalled',
    message:
      `the agent "${spec.agent.name}" was stopped: it had no output for ${spec.agent.stallSeconds} s. ` +
      'See the end of its log, or raise stallSeconds of the agent if it may be silent for longer',
  };
}
