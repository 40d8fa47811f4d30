import {
  driverNames,
  driverTraits,
  httpUrl,
  modelApi,
  name,
  price,
  type DriverName,
  type Price,
} from '@verve/contract';
import { z } from 'zod';

import { absent, has, when, type SchemaRule } from './json-schema.ts';
import { environment } from './setting-types.ts';

const withoutModelHost = driverNames.filter((driver) => driverTraits[driver].modelHost === 'none');
const hostless = driverNames.filter((driver) => driverTraits[driver].modelHost === 'named');
const withApi = driverNames.filter((driver) => driverTraits[driver].takesApi);

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

/** The same as below, for who reads the schema alone. */
const rules: readonly SchemaRule[] = [
  when(has('driver', { const: 'command' }), { required: ['command'] }, { properties: { command: absent } }),
  when(has('driver', { enum: withoutModelHost }), { properties: { modelHost: absent } }),
  when(has('driver', { not: { enum: withApi } }), {
    properties: { modelHost: { properties: { api: absent } } },
  }),
  when(has('driver', { enum: hostless }), has('modelHost', has('baseUrl'))),
];

/** One agent that a worker offers. */
export const agent = z
  .strictObject({
    name: name.meta({ description: 'What tasks call it.' }),
    driver: z.enum(driverNames).meta({ description: 'Which program it is.' }),
    command: z.array(z.string()).min(1).optional().meta({
      description: 'For the driver `command`: program and arguments; no shell reads them.',
    }),
    image: z.string().min(1).optional().meta({
      description:
        'The image of the agent phase, with the program (docs/agent-image.md). Absent: `kubernetes.image`. Of no meaning to `process`.',
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
  .refine((value) => !value.modelHost || !withoutModelHost.includes(value.driver), {
    error: `is not for the drivers ${quoted(withoutModelHost, ' and ')}; a command gets what it needs by "environmentFiles"`,
    path: ['modelHost'],
  })
  .refine((value) => value.modelHost?.api === undefined || withApi.includes(value.driver), {
    error: `is for the drivers ${quoted(withApi, ' and ')} alone`,
    path: ['modelHost', 'api'],
  })
  .refine((value) => value.modelHost?.baseUrl !== undefined || !hostless.includes(value.driver), {
    error: `is needed by the drivers ${quoted(hostless, ', ')}`,
    path: ['modelHost', 'baseUrl'],
  })
  .meta({ allOf: rules });
export type AgentSettings = z.infer<typeof agent>;

function quoted(drivers: readonly DriverName[], between: string): string {
  return drivers.map((driver) => `"${driver}"`).join(between);
}

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
  return maxCostUsd === undefined || driverTraits[driver].tellsCost || priceOf(known, model) !== undefined;
}
