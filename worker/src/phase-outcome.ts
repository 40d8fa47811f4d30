import { phaseFailures, statusOfReason, type Phase, type PhaseOutcome } from '@verve/contract';

/**
 * What an executor may believe of the outcome that a phase left. The coding agent can write whatever `agent` leaves,
 * so only `publish` tells of branches and pull requests, and no other phase ends a run well but with `NoChanges`. A
 * reason is never a word of the phase's own: nothing masks it.
 */
export function believable(phase: Phase, left: PhaseOutcome): PhaseOutcome {
  const told = withKnownReason(phase, left);
  if (phase === 'publish') return told;
  const { branch: _branch, commit: _commit, pullRequestUrl: _pullRequestUrl, ...rest } = told;
  if (rest.status !== 'completed' || rest.reason === undefined || rest.reason === 'NoChanges') return rest;
  const message = `${phase} claims to have ended with ${rest.reason}, which only publish can`;
  return { status: 'failed', reason: 'AgentFailed', message };
}

function withKnownReason(phase: Phase, told: PhaseOutcome): PhaseOutcome {
  if (told.reason === undefined || statusOfReason(told.reason) !== undefined) return told;
  return { ...told, status: 'failed', reason: phaseFailures[phase] };
}
