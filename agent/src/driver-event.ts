import { usage, type Usage } from '@verve/contract/usage';
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
export type EndReason = z.infer<typeof endReason>;

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
    /** Whether it failed, for a tool without an exit code. */
    failed: z.boolean().optional(),
    /** Of what the tool said. */
    bytes: z.int().min(0).optional(),
    output: z.string().optional(),
  }),
  /** What the run has used up to now, not since the last time. */
  z.object({ kind: z.literal('usage'), usage }),
  /** The model host was asked in vain, and will be again. */
  z.object({
    kind: z.literal('retry'),
    message,
    /** Which one it is since the host answered last; absent: the runner counts. */
    number: z.int().min(1).optional(),
    retryAfterSeconds,
    /** What the run ends with should it end there. */
    reason: endReason.optional(),
  }),
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

/** What a program used. Input counts whole, whether or not the model host had it in its cache. */
export interface ProgramUsage extends Usage {
  /** Of the input, what the host had in its cache. */
  readonly cachedInputTokens?: number;
}

/** A piece of the agent's words, which go on in the next piece; whatever else comes ends them. */
interface TextPart {
  readonly kind: 'textPart';
  readonly text: string;
}

/** A tool was called; what it said comes later under the same id. */
interface ToolStarted {
  readonly kind: 'toolStarted';
  readonly id: string;
  readonly name: string;
}

/** A tool ended. Without a start it is told under its id. */
interface ToolEnded {
  readonly kind: 'toolEnded';
  readonly id: string;
  readonly exitCode?: number;
  readonly failed?: boolean;
  readonly bytes?: number;
  readonly output?: string;
}

/** What one call of the model used; the same id again replaces what it said before. */
interface StepUsage {
  readonly kind: 'step';
  readonly id: string;
  readonly usage: ProgramUsage;
}

/** What the whole run has used so far; of what it tells, steps count no more. */
interface TotalUsage {
  readonly kind: 'total';
  readonly usage: ProgramUsage;
}

/** What a driver makes of one line: events, and what becomes one together with other lines (`event-assembly.ts`). */
export type ProgramEvent = DriverEvent | TextPart | ToolStarted | ToolEnded | StepUsage | TotalUsage;
