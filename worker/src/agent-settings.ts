import { modelApi, name, price, type Price } from '@verve/contract';
import { z } from 'zod';

import { httpUrl } from './setting-types.ts';

const environment = z.record(z.string(), z.string());

/** The coding agents that Verve knows how to run; `agent/src/drivers.ts` has them. */
const drivers = ['demo', 'command', 'claude', 'codex', 'opencode', 'gemini', 'qwen', 'pi'] as const;

/** Those that ask no model, or ask one that Verve knows nothing of. */
const withoutModelHost: ReadonlySet<string> = new Set(['demo', 'command']);
/** Those whose maker has no model host, or more than one. */
const withoutMaker: readonly string[] = ['opencode', 'qwen', 'pi'];
/** Those that tell what they cost. */
const tellingCost: ReadonlySet<string> = new Set(['claude', 'command', 'demo']);
/** Those that speak more than one protocol. */
const withApi: readonly string[] = ['opencode', 'pi'];

const modelHost = z.strictObject({
  baseUrl: httpUrl.optional().meta({
    description:
      "The host's base URL, as the agent's own documentation has it (docs/agents.md). Absent: the agent's maker.",
  }),
  keyFile: z.string().min(1).optional().meta({
    description: 'The key, read at each start of a run. Its content is masked in logs.',
  }),
  api: modelApi.optional().meta({ description: 'For `opencode` and `pi`: the protocol. Absent: `openai`.' }),
});

/** One agent that a worker offers. */
export const agent = z
  .strictObject({
    name: name.meta({ description: 'What tasks call it.' }),
    driver: z.enum(drivers).meta({ description: 'Which program it is.' }),
    command: z.array(z.string()).min(1).optional().meta({
      description: 'For the driver `command`: program and arguments; no shell reads them.',
    }),
    image: z.string().min(1).optional().meta({
      description: 'For executors that run containers: the image with the program. `process` has none.',
    }),
    model: name.optional().meta({ description: 'For tasks that name none.' }),
    modelHost: modelHost.optional().meta({ description: 'Whom it asks for its model.' }),
    instructions: z.string().min(1).optional().meta({
      description: 'What it is told after every description.',
    }),
    maxCostUsd: z.number().positive().optional().meta({
      description:
        'Reached in one attempt, it is stopped: `BudgetExceeded`. Needs a cost: told, or by `prices`.',
    }),
    maxTokens: z.int().min(1).optional().meta({
      description: 'The same for input and output tokens together.',
    }),
    environment: environment.default({}).meta({ description: 'For the agent phase alone.' }),
    environmentFiles: environment.default({}).meta({
      description: 'The same from files, read at each start of a run. Their content is masked in logs.',
    }),
    stallSeconds: z.int().min(10).default(1_800).meta({
      description: 'Without output for this long it is stopped: `AgentStalled`.',
    }),
    timeoutSeconds: z.int().min(10).optional().meta({ description: 'A bound on what tasks may ask for.' }),
  })
  .refine((value) => value.driver !== 'command' || value.command, {
    error: 'is needed by the driver "command"',
    path: ['command'],
  })
  .refine((value) => value.driver === 'command' || !value.command, {
    error: 'is for the driver "command" alone',
    path: ['command'],
  })
  .refine((value) => !value.modelHost || !withoutModelHost.has(value.driver), {
    error: 'is not for the drivers "demo" and "command"; a command gets what it needs by "environmentFiles"',
    path: ['modelHost'],
  })
  .refine((value) => value.modelHost?.api === undefined || withApi.includes(value.driver), {
    error: `is for the drivers ${withApi.map((driver) => `"${driver}"`).join(' and ')} alone`,
    path: ['modelHost', 'api'],
  })
  .refine((value) => value.modelHost?.baseUrl !== undefined || !withoutMaker.includes(value.driver), {
    error: `is needed by the drivers ${withoutMaker.map((driver) => `"${driver}"`).join(', ')}`,
    path: ['modelHost', 'baseUrl'],
  });
export type AgentSettings = z.infer<typeof agent>;

/** What tokens cost, by model. */
export const prices = z.record(
  z.string(),
  z.strictObject(price.shape).meta({
    description: 'US dollars for a million tokens.',
  }),
);

/** What a model costs; undefined where nobody says. A task may name any model: `constructor`, say. */
export function priceOf(known: z.infer<typeof prices>, model: string | undefined): Price | undefined {
  return model !== undefined && Object.hasOwn(known, model) ? known[model] : undefined;
}

/** Whether a bound on money can be kept: somebody has to know what the model costs. */
export function canKeepCost(
  { driver, model, maxCostUsd }: AgentSettings,
  known: z.infer<typeof prices>,
): boolean {
  return maxCostUsd === undefined || tellingCost.has(driver) || priceOf(known, model) !== undefined;
}
