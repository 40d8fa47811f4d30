import { phases, type Phase, type PhaseOutcome, type Reason } from '@verve/contract';
import { z } from 'zod';

import type { RunState } from '../../executor.ts';
import { believable } from '../../phase-outcome.ts';
import { isAlive, processIdentity, type ProcessIdentity } from '../../process-identity.ts';
import { isGroupAlive } from './process-group.ts';
import { exists, readJson, readOutcome, type RunFolder } from './run-folder.ts';

export const permitFile = z.object({ untilMs: z.number() });

const exitFile = z.object({
  code: z.int().optional(),
  signal: z.string().optional(),
  error: z.string().optional(),
});

const crashReasons = {
  checkout: 'CheckoutFailed',
  agent: 'AgentFailed',
  publish: 'PublishFailed',
} as const satisfies Record<Phase, Reason>;

/** What a run's files say right now. */
export interface Look {
  readonly state: RunState;
  /** The phase that may be started. */
  readonly next?: Phase;
  /** The phase that runs. */
  readonly leader?: ProcessIdentity;
  /** The phase that runs is to be ended: the time of publish is over, or its supervisor is gone. */
  readonly mustEnd?: true;
}

/** Derives a run's state from its files and the processes of this machine. */
export async function look(folder: RunFolder, nowMs: number): Promise<Look> {
  if (!(await exists(folder.task))) return { state: { kind: 'absent' } };
  const isStopped = await exists(folder.stopped);
  const permit = await readJson(folder.permit, permitFile);
  const isPermitOver = permit === undefined || permit.untilMs <= nowMs;

  for (const phase of phases) {
    const leader = await readJson(folder.process(phase), processIdentity);
    if (!leader) {
      if (isStopped) return { state: { kind: 'ended', outcome: undefined } };
      if (phase === 'publish' && isPermitOver) return { state: { kind: 'waiting', phase } };
      return { state: { kind: 'running', phase }, next: phase };
    }
    if (isGroupAlive(leader)) {
      const mustEnd = (phase === 'publish' && isPermitOver) || !isAlive(leader);
      return { state: { kind: 'running', phase }, leader, ...(mustEnd && { mustEnd }) };
    }
    const outcome = await endOf(folder, phase, { isStopped, isPermitOver });
    if (phase === 'publish' || outcome?.status !== 'completed' || outcome.reason !== undefined) {
      return { state: { kind: 'ended', outcome } };
    }
  }
  throw new Error('publish is the last phase and always ends a run');
}

interface Circumstances {
  readonly isStopped: boolean;
  readonly isPermitOver: boolean;
}

/** How a phase ended; undefined when it was stopped or vanished before it could tell. */
async function endOf(
  folder: RunFolder,
  phase: Phase,
  { isStopped, isPermitOver }: Circumstances,
): Promise<PhaseOutcome | undefined> {
  const told = await readOutcome(folder, phase);
  const outcome = told && believable(phase, told);
  if (outcome && outcome.status !== 'canceled') return outcome;
  if (isStopped) return undefined;
  if (phase === 'publish' && isPermitOver) {
    return {
      status: 'failed',
      reason: 'PublishFailed',
      message: 'publish did not end within the time granted',
    };
  }
  const exit = await readJson(folder.exit(phase), exitFile);
  if (!exit || outcome) return undefined;
  if (exit.error !== undefined) {
    return {
      status: 'failed',
      reason: 'ConfigInvalid',
      message: `cannot start the agent program: ${exit.error}`,
    };
  }
  const how = exit.signal === undefined ? `exit code ${exit.code}` : exit.signal;
  const message = `${phase} ended with ${how} and left no outcome; its log may tell why`;
  return { status: 'failed', reason: crashReasons[phase], message };
}
