import type { PhaseInput } from './config.ts';
import type { Forge } from './forge.ts';
import { createGitea } from './forges/gitea/gitea.ts';
import { createGitHub } from './forges/github/github.ts';
import { createGitLab } from './forges/gitlab/gitlab.ts';
import { noForge } from './forges/none.ts';
import { PhaseFailed } from './outcome.ts';

const forges: ReadonlyMap<string, (input: PhaseInput) => Forge> = new Map([
  ['none', () => noForge],
  ['gitea', createGitea],
  ['github', createGitHub],
  ['gitlab', createGitLab],
]);

/** The forge of a run. Throws PhaseFailed (`ConfigInvalid`) when it is not known, or lacks what it needs. */
export function forgeOf(input: PhaseInput): Forge {
  const { kind } = input.spec.forge;
  const create = forges.get(kind);
  if (create) return create(input);
  const known = [...forges.keys()].join(', ');
  throw new PhaseFailed('ConfigInvalid', `there is no forge "${kind}"; this agent image knows: ${known}`);
}
