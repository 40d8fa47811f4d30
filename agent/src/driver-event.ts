import { usage } from '@verve/contract/usage';
import { z } from 'zod';

/** Ends that a program may name itself; all others are seen from outside. */
const endReason = z.enum([
  'AgentFailed',
  'AgentRateLimited',
  'AgentUnauthorized',
  'BudgetExceeded',
  'ModelUnavailable',
  'SetupFailed',
  'VerifyFailed',
]);

const message = z.string().max(100_000);
const retryAfterSeconds = z.number().min(0).max(86_400).optional();

/** What a program's output means; also the lines of the events file (docs/agent-image.md). */
export const driverEvent = z.discriminatedUnion('kind', [
  /** The agent's own words. */
  z.object({ kind: z.literal('text'), text: message }),
  /** A tool that it used. What the tool said never leaves but at the log level `full`. */
  z.object({
    kind: z.literal('tool'),
    name: z.string().max(1_000),
    exitCode: z.int().optional(),
    /** Of what the tool said. */
    bytes: z.int().min(0).optional(),
    output: z.string().optional(),
  }),
  /** What the run has used up to now, not since the last time. */
  z.object({ kind: z.literal('usage'), usage }),
  /** The model host was asked in vain, and will be again. */
  z.object({ kind: z.literal('retry'), message, retryAfterSeconds }),
  /** Trouble, of which the run may end or not. */
  z.object({ kind: z.literal('error'), message, reason: endReason.optional() }),
  /** The end as the program sees it; the last counts. */
  z.object({
    kind: z.literal('final'),
    status: z.enum(['completed', 'failed']).default('completed'),
    /** What was done, in Markdown: the text of the pull request. */
    summary: z.string().max(1_000_000).optional(),
    reason: endReason.optional(),
    message: message.optional(),
    usage: usage.optional(),
    retryAfterSeconds,
  }),
]);
export type DriverEvent = z.infer<typeof driverEvent>;
