import type { Forge } from './forge.ts';
import { noForge } from './forges/none.ts';
import { PhaseFailed } from './outcome.ts';

const forges: ReadonlyMap<string, Forge> = new Map([['none', noForge]]);

/** The forge of that name; throws PhaseFailed (`ConfigInvalid`) when there is none. */
export function forgeOf(name: string): Forge {
  const forge = forges.get(name);
  if (forge) return forge;
  const known = [...forges.keys()].join(', ');
  throw new PhaseFailed('ConfigInvalid', `there is no forge "${name}"; this agent image knows: ${known}`);
}
