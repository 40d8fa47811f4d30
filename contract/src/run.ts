import { z } from 'zod';

import { taskId } from './ids.ts';
import { reason, type Reason } from './reasons.ts';
import type { Phase } from './states.ts';
import { message } from './text.ts';
import { usage } from './usage.ts';

/** What a log may tell: everything; the agent's own words and what its tools did; or only how the run goes. */
export const logLevels = ['full', 'events', 'states'] as const;
export const logLevel = z.enum(logLevels);
export type LogLevel = z.infer<typeof logLevel>;

/** Whom a commit is by. */
export const identity = z.object({
  name: z
    .string()
    .regex(/^[^\0\r\n<>]+$/, 'must be a name without line breaks, "<" and ">"')
    .meta({ description: 'As commits have it.' }),
  email: z
    .string()
    .regex(/^[^\0\r\n<> ]+$/, 'must be an address without spaces, "<" and ">"')
    .meta({ description: 'As commits have it.' }),
});
export type Identity = z.infer<typeof identity>;

/** The protocols of model hosts, for programs that speak more than one. */
export const modelApi = z.enum(['openai', 'anthropic']);

/** Whom the program asks for its model. The key goes another way: the agent phase alone has it. */
export const modelHost = z.object({
  /** As the program itself takes it, with or without `/v1`; absent: the host of the program's maker. */
  baseUrl: z.string().optional(),
  api: modelApi.optional(),
});
export type ModelHost = z.infer<typeof modelHost>;

const usd = z.number().min(0);

/** US dollars for a million tokens. */
export const price = z.object({
  inputUsd: usd,
  outputUsd: usd,
  /** Of input that the host had in its cache; absent: as other input. */
  cachedInputUsd: usd.optional(),
});
export type Price = z.infer<typeof price>;

/** How a forge's pull requests are made. */
export const pullRequestSettings = z.object({
  draft: z.boolean().default(false),
  /** With `{title}`, `{task}` and `{agent}`; absent: the task's title. */
  title: z.string().optional(),
  labels: z.array(z.string()).default([]),
  /** Names of users; on GitHub `org/team` is a team. */
  reviewers: z.array(z.string()).default([]),
  assignees: z.array(z.string()).default([]),
});
export type PullRequestSettings = z.infer<typeof pullRequestSettings>;

/**
 * `task.json`: what the worker tells a run. Every phase reads it; none writes it, and nothing in it is secret.
 * Paths are the executor's business; this is the same wherever the run runs.
 */
export const runSpec = z.object({
  taskId,
  attempt: z.int().min(1),
  title: z.string(),
  description: z.string(),
  repository: z.string(),
  baseBranch: z.string().optional().meta({ description: "Absent: the repository's default branch." }),
  /** Commits of history that checkout fetches; absent: all of them. */
  depth: z.int().min(1).optional(),
  /** The branch that publish pushes. */
  branch: z.string(),
  /** Of the commits that the runner makes, and of those of the agent unless it has another. */
  author: identity,
  coAuthor: identity.optional(),
  agent: z.object({
    name: z.string(),
    driver: z.string(),
    command: z
      .array(z.string())
      .optional()
      .meta({ description: 'For the driver `command`: program and arguments.' }),
    model: z.string().optional(),
    modelHost: modelHost.optional(),
    /** What the program is told before the description; absent: what the agent image says by itself. */
    preamble: z.string().optional(),
    /** What it is told after the description. */
    instructions: z.string().optional(),
    /** Reached, the program is stopped: `BudgetExceeded`. Absent: no bound. */
    maxCostUsd: z.number().positive().optional(),
    /** The same for the sum of input and output tokens. */
    maxTokens: z.int().min(1).optional(),
    /** Of the model, for a program that tells tokens and no money. */
    price: price.optional(),
    /** Without output for this long the program is stopped: `AgentStalled`. Absent: never. */
    stallSeconds: z.int().min(1).optional(),
    /** Variables of its environment whose values are secret, besides those that are named as secrets are. */
    secretVariables: z.array(z.string()).optional(),
  }),
  forge: z.object({
    kind: z.string(),
    /** The base of the forge's API; absent where the kind needs none. */
    apiUrl: z.string().optional(),
    pullRequest: pullRequestSettings.optional(),
  }),
  /** Whether publish may push changes of files that a forge runs by itself. */
  mayChangeWorkflows: z.boolean(),
  logLevel,
});
export type RunSpec = z.infer<typeof runSpec>;

/**
 * `access.json`: how checkout and publish reach the remote and the forge. The agent phase never sees it. It names files,
 * which are read again at each use, so that a credential may change while a run goes on.
 */
export const runAccess = z.object({
  credentials: z.array(
    z.object({
      /** Of the repository URLs that these are for; the longest that fits counts. */
      prefix: z.string(),
      username: z.string(),
      passwordFile: z.string(),
    }),
  ),
  forgeTokenFile: z.string().optional(),
  /** PEM file of certificate authorities to trust besides the system's. */
  caFile: z.string().optional(),
  /** URL of an HTTP proxy, and hosts that are reached without it, separated by commas. */
  proxy: z.string().optional(),
  noProxy: z.string().optional(),
});
export type RunAccess = z.infer<typeof runAccess>;

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

/**
 * What `verve-agent check` says of an agent: it reads `{ agent }`, an agent as `task.json` has it, from its input or from
 * the file that it is given, has the environment that the agent phase would have, and prints this.
 */
export const agentCheck = z.object({
  /** Why no run could begin; absent: one could. */
  problem: z.string().optional(),
  program: z.object({ name: z.string(), version: z.string() }).optional(),
  /** Absent where nobody can ask. */
  modelHost: z
    .object({
      url: z.string(),
      /** `odd`: it answered neither yes nor no. */
      answer: z.enum(['accepts', 'refuses', 'away', 'odd']),
      /** Its words, or why it did not answer. */
      words: z.string(),
    })
    .optional(),
});
export type AgentCheck = z.infer<typeof agentCheck>;

const imageFinding = z.object({
  /** A number of docs/agent-image.md. */
  requirement: z.int().min(1),
  state: z.enum(['ok', 'warning', 'failed']),
  message: z.string(),
  fix: z.string().optional(),
});
/** How an image keeps to one of its requirements. */
export type ImageFinding = z.infer<typeof imageFinding>;

/** What `verve-agent check-image` prints of the image that it runs in, for `verve-worker doctor image`. */
export const imageCheck = z.object({ findings: z.array(imageFinding) });
export type ImageCheck = z.infer<typeof imageCheck>;

/** Why a run failed whose phase left no better word. */
export const phaseFailures = {
  checkout: 'CheckoutFailed',
  agent: 'AgentFailed',
  publish: 'PublishFailed',
} as const satisfies Record<Phase, Reason>;
