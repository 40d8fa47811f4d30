import { z } from 'zod';

import { taskId } from './ids.ts';
import { reason } from './reasons.ts';
import { usage } from './task.ts';
import { message } from './text.ts';

/**
 * `task.json`: what the worker tells a run. Every phase reads it; none writes it.
 * Paths are the executor's business; this is the same wherever the run runs.
 */
export const runSpec = z.object({
  taskId,
  attempt: z.int().min(1),
  title: z.string(),
  description: z.string(),
  repository: z.string(),
  baseBranch: z.string().optional().meta({ description: "Absent: the repository's default branch." }),
  /** The branch that publish pushes. */
  branch: z.string(),
  agent: z.object({
    name: z.string(),
    driver: z.string(),
    command: z
      .array(z.string())
      .optional()
      .meta({ description: 'For the driver `command`: program and arguments.' }),
    model: z.string().optional(),
  }),
  forge: z.string().default('none'),
});
export type RunSpec = z.infer<typeof runSpec>;

/**
 * `outcome.json`: how a phase ended, written by the phase as its last act. A phase that leaves none has crashed.
 * After `checkout` and `agent`, `completed` means that the next phase may start; a reason ends the run there.
 */
export const phaseOutcome = z.object({
  status: z.enum(['completed', 'failed', 'canceled']),
  reason: reason.optional(),
  message: message.optional(),
  branch: z.string().max(400).optional(),
  commit: z.string().max(64).optional(),
  pullRequestUrl: z.string().max(2_000).optional(),
  usage: usage.optional(),
  retryAfterSeconds: z.number().min(0).max(86_400).optional(),
});
export type PhaseOutcome = z.infer<typeof phaseOutcome>;
