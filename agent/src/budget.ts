import type { RunSpec } from '@verve/contract';
import { driverTraits, isDriverName } from '@verve/contract/drivers';

import type { ProgramUsage } from './driver-event.ts';
import { PhaseFailed } from './outcome.ts';

/** Why an agent has used more than it may, for a person; undefined while it has not. */
export function overspent(
  { maxCostUsd, maxTokens, name }: RunSpec['agent'],
  { costUsd = 0, inputTokens = 0, outputTokens = 0 }: ProgramUsage,
): string | undefined {
  const tokens = inputTokens + outputTokens;
  if (maxCostUsd !== undefined && costUsd >= maxCostUsd) {
    const cost = `$${costUsd.toFixed(4)}`;
    return `the agent "${name}" was stopped: it has used ${cost}, and maxCostUsd allows $${maxCostUsd}`;
  }
  if (maxTokens !== undefined && tokens >= maxTokens) {
    return `the agent "${name}" was stopped: it has used ${tokens.toLocaleString('en')} tokens, and maxTokens allows ${maxTokens.toLocaleString('en')}`;
  }
  return undefined;
}

/** Throws PhaseFailed (`ConfigInvalid`) for a bound that nobody could keep, rather than forget it. */
export function checkBudget({ name, driver, model, maxCostUsd, price }: RunSpec['agent']): void {
  const tellsCost = isDriverName(driver) && driverTraits[driver].tellsCost;
  if (maxCostUsd === undefined || tellsCost || price) return;
  throw new PhaseFailed(
    'ConfigInvalid',
    `maxCostUsd of the agent "${name}" cannot be kept: ${driver} tells tokens and no money. Give "prices" of the ` +
      `worker's configuration an entry for ${model === undefined ? 'its model, and the agent a model' : `"${model}"`}`,
  );
}
