import { createMasker } from '@verve/contract/masking';
import { isSecretName } from '@verve/contract/secret-names';

import type { PhaseInput } from './config.ts';

/**
 * Masks text for a forge, to which it goes without passing the worker, as the worker masks all else: the key of the
 * model host, the values of the agent's variables that hold secrets, by what the worker says of them or by their names, and what looks like a token.
 */
export function createRunMasker({
  spec,
  environment,
  modelKey,
}: Pick<PhaseInput, 'spec' | 'environment' | 'modelKey'>): (text: string) => string {
  const named = new Set(spec.agent.secretVariables);
  const secrets = Object.entries(environment)
    .filter(([name]) => named.has(name) || isSecretName(name))
    .map(([, value]) => value);
  return createMasker(modelKey === undefined ? secrets : [...secrets, modelKey]).text;
}
