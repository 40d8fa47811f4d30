import { join } from 'node:path';

import { phaseFailures, phaseOutcome, phases, usage, type Phase, type PhaseOutcome } from '@verve/contract';
import { z } from 'zod';

import type { RunState } from '../../executor.ts';
import { believable } from '../../phase-outcome.ts';
import { isAlive, type ProcessIdentity } from '../../process-identity.ts';
import { processRecord } from '../../process-record.ts';
import { isPermitSpoilt, isValid, readPermit } from './permit.ts';
import { exists, readJson } from './plain-file.ts';
import { isGroupAlive } from './process-group.ts';
import { hasRun, type RunFolder } from './run-folder.ts';

const exitFile = z.object({
  code: z.int().optional(),
  signal: z.string().optional(),
  error: z.string().optional(),
  /** Its permit was over. */
  isOverdue: z.boolean().optional(),
});

/** Between two looks at a run. */
export const lookMs = 50;

/** What a run's files say right now. */
export interface Look {
  readonly state: RunState;
  /** The phase that may be started. */
  readonly next?: Phase;
  /** The phase that runs. */
  readonly leader?: ProcessIdentity;
  /** The phase that runs is to be ended: its supervisor is gone. */
  readonly mustEnd?: true;
  /** The run waits, and had this permit, which ended before publish began. */
  readonly unusedPermit?: string;
}

/** Derives a run's state from its files and the processes of this machine, without what the agent has used. */
export async function look(folder: RunFolder): Promise<Look> {
  if (!(await hasRun(folder))) return { state: { kind: 'absent' } };
  const isStopped = await exists(folder.stopped);

  for (const phase of phases) {
    if (!(await exists(folder.process(phase)))) {
      return isStopped ? { state: { kind: 'ended', outcome: undefined } } : beforePhase(folder, phase);
    }
    const leader = await readAs(processRecord, folder.process(phase));
    // Spoilt: the phase has begun all the same, and never begins again.
    if (!leader) return { state: { kind: 'ended', outcome: undefined } };
    if (isGroupAlive(leader)) {
      const state = { kind: 'running', phase } as const;
      return { state, leader, ...(!isAlive(leader) && { mustEnd: true }) };
    }
    const outcome = await endOf(folder, phase, isStopped);
    if (phase === 'publish' || outcome?.status !== 'completed' || outcome.reason !== undefined) {
      return { state: { kind: 'ended', outcome } };
    }
  }
  throw new Error('publish is the last phase and always ends a run');
}

/** The same with what the agent has used, for who wants to know: what it told at its end, else what it told last. */
export async function lookWithUsage(folder: RunFolder): Promise<Look> {
  const found = await look(folder);
  return { ...found, state: await withUsage(folder, found.state) };
}

async function withUsage(folder: RunFolder, state: RunState): Promise<RunState> {
  const isAgent = state.kind === 'running' && state.phase === 'agent';
  const isAfter = state.kind === 'waiting' || (state.kind === 'ended' && state.outcome?.usage === undefined);
  if (!isAgent && !isAfter) return state;
  const out = folder.out('agent');
  const end = isAfter ? await readAs(phaseOutcome, join(out, 'outcome.json')) : undefined;
  const used = end?.usage ?? (await readAs(usage, join(out, 'usage.json')));
  return used ? { ...state, usage: used } : state;
}

async function beforePhase(folder: RunFolder, phase: Phase): Promise<Look> {
  if (phase !== 'publish') return { state: { kind: 'running', phase }, next: phase };
  // Nobody could let it publish.
  if (await isPermitSpoilt(folder)) return { state: { kind: 'ended', outcome: undefined } };
  const permit = await readPermit(folder);
  if (isValid(permit)) return { state: { kind: 'running', phase }, next: phase };
  return { state: { kind: 'waiting', phase }, ...(permit && { unusedPermit: permit.id }) };
}

/** How a phase ended; undefined when it was stopped or vanished before it could tell. */
async function endOf(folder: RunFolder, phase: Phase, isStopped: boolean): Promise<PhaseOutcome | undefined> {
  const told = await readAs(phaseOutcome, join(folder.out(phase), 'outcome.json'));
  const outcome = told && believable(phase, told);
  if (outcome && outcome.status !== 'canceled') return outcome;
  if (isStopped) return undefined;
  const exit = await readAs(exitFile, folder.exit(phase));
  if (exit?.isOverdue === true) {
    return {
      status: 'failed',
      reason: 'PublishFailed',
      message: 'publish did not end within the time granted',
    };
  }
  if (!exit || outcome) return undefined;
  if (exit.error !== undefined) {
    return {
      status: 'failed',
      reason: 'ConfigInvalid',
      message: `cannot start the agent program: ${exit.error}`,
    };
  }
  return { status: 'failed', ...crashOf(phase, exit) };
}

/** The agent may end its own runner; the others are ended from outside alone, and may well succeed the next time. */
function crashOf(
  phase: Phase,
  { code, signal }: z.infer<typeof exitFile>,
): Pick<PhaseOutcome, 'reason' | 'message'> {
  if (signal !== undefined && phase !== 'agent') {
    return { reason: 'Disrupted', message: `${phase} was ended by ${signal}, from outside` };
  }
  const how = signal ?? `exit code ${code}`;
  const message = `${phase} ended with ${how} and left no outcome; its log may tell why`;
  return { reason: phaseFailures[phase], message };
}

async function readAs<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S> | undefined> {
  return schema.safeParse(await readJson(path)).data;
}
