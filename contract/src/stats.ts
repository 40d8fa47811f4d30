import { z } from 'zod';

import { projectId } from './ids.ts';
import { timestamp } from './text.ts';

/** Query of `GET /stats`: tasks that finished in [from, to). */
export const statsQuery = z
  .strictObject({
    projectId: projectId.optional(),
    from: timestamp.optional().meta({ description: 'Default: 7 days before `to`.' }),
    to: timestamp.optional().meta({ description: 'Default: now.' }),
  })
  .refine((query) => !query.from || !query.to || Date.parse(query.from) < Date.parse(query.to), {
    error: 'must be before "to"',
    path: ['from'],
  });
export type StatsQuery = z.infer<typeof statsQuery>;

const percentiles = z.object({ p50: z.number(), p95: z.number() });
const sums = z.object({
  completed: z.int(),
  failed: z.int(),
  canceled: z.int(),
  costUsd: z.number(),
  inputTokens: z.int(),
  outputTokens: z.int(),
});

/** Sums over a range; queue numbers are of now. */
export const stats = z
  .object({
    from: timestamp,
    to: timestamp,
    queue: z.object({ pending: z.int(), running: z.int(), oldestPendingSeconds: z.number().optional() }),
    totals: sums,
    reasons: z.record(z.string(), z.int()),
    startSeconds: percentiles.optional().meta({ description: 'From creation to the first claim.' }),
    finishSeconds: percentiles.optional().meta({ description: 'From creation to the end.' }),
    days: z.array(sums.extend({ day: z.iso.date() })),
    agents: z.array(sums.extend({ agent: z.string() })),
  })
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof stats>;
