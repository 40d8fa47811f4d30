import { z } from 'zod';

import { limits } from './limits.ts';

const tokens = z
  .int()
  .min(0)
  .overwrite((value) => Math.min(value, limits.usageTokens));

/** What an attempt has cost so far. Cut to the bounds rather than refused: it tells of what has already happened. */
export const usage = z.object({
  costUsd: z
    .number()
    .min(0)
    .overwrite((value) => Math.min(value, limits.usageCostUsd))
    .optional(),
  inputTokens: tokens.optional(),
  outputTokens: tokens.optional(),
});
export type Usage = z.infer<typeof usage>;
