import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import {
  carriesLogin,
  httpLoginUrl,
  httpUrl,
  identity,
  keyProblem,
  logLevel,
  name,
  readSettings,
  SettingsInvalid,
} from '@verve/contract';
import { z } from 'zod';

import { agent, canKeepCost, prices } from './agent-settings.ts';
import { forge } from './forge-settings.ts';
import { kubernetesSettings } from './kubernetes-settings.ts';
import { environment, loginless, noLogin, prefix } from './setting-types.ts';

const credential = z.strictObject({
  prefix,
  username: name.default('verve').meta({ description: 'Many forges take any, with a token.' }),
  passwordFile: z.string().min(1).meta({ description: 'Password or token; read again at each use.' }),
});

const person = z.strictObject(identity.shape);

const samePrefix = { error: 'must not have two of the same prefix' };

function haveOwnPrefixes(entries: readonly { readonly prefix: string }[]): boolean {
  return new Set(entries.map((entry) => entry.prefix)).size === entries.length;
}

/** Every setting of the worker; `description` is what its documentation says. */
export const workerSettings = z.strictObject({
  serverUrl: httpUrl
    .default('http://localhost:8080')
    .meta({ description: 'The server, without the base path.' }),
  key: z.string().min(1).optional().meta({ description: "This worker's key.", pattern: '^[!-~]+$' }),
  keyFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'A file with the key, instead of `key`; read again once the server refuses it.' }),
  name: name
    .optional()
    .meta({ description: "The installation; unique within its project. Absent: the host's name." }),
  executor: z.enum(['process', 'kubernetes']).default('process').meta({
    description: 'Where runs run: on this machine as processes, which is for trials, or as Jobs.',
  }),
  capacity: z.int().min(1).max(1_000).default(2).meta({ description: 'Attempts at once.' }),
  dataDir: z.string().min(1).default('.verve').meta({
    description: 'Logs on their way to the server, and tokens; for `process` runs and the journal, too.',
  }),
  labels: z.record(z.string(), z.string()).default({}).meta({ description: 'What tasks may require.' }),
  agents: z
    .array(agent)
    .min(1)
    .refine((agents) => new Set(agents.map((one) => one.name)).size === agents.length, {
      error: 'must not have two of the same name',
    })
    .default([{ name: 'demo', driver: 'demo', environment: {}, environmentFiles: {}, stallSeconds: 1_800 }])
    .meta({ description: 'The first is for tasks that name none. Absent: `demo` alone.' }),
  preamble: z.string().min(1).optional().meta({
    description: 'What agents are told before every description. Absent: how a run works (docs/agents.md).',
  }),
  prices: prices.default({}).meta({
    description:
      'By model, for agents that tell tokens and no money: `inputUsd`, `outputUsd`, `cachedInputUsd`, each for a million tokens.',
  }),
  repositories: z
    .array(
      z
        .string()
        .min(1)
        .refine((value) => !carriesLogin(value), noLogin)
        .meta({ allOf: [loginless] }),
    )
    .default([])
    .meta({
      description:
        'Patterns of the repositories it may work on: `*` within a path segment, `**` any. None: none. An address with `..`, encoded separators or the like is never allowed.',
    }),
  credentials: z
    .array(credential)
    .refine(haveOwnPrefixes, samePrefix)
    .default([])
    .meta({ description: 'How checkout and publish log in.' }),
  forges: z.array(forge).refine(haveOwnPrefixes, samePrefix).default([]).meta({
    description:
      'Where pull requests are opened. A repository without one gets its branch alone, but on github.com and gitlab.com, where `credentials` do.',
  }),
  author: person.default({ name: 'Verve', email: 'noreply@verve.dev' }).meta({
    description: "Of commits, `name` and `email`; best an address of the forge's bot user.",
  }),
  coAuthor: person.optional().meta({ description: 'Named in commits and pull requests besides.' }),
  checkoutDepth: z.int().min(1).optional().meta({ description: 'Commits of history. Absent: all.' }),
  mayChangeWorkflows: z.boolean().default(false).meta({
    description:
      'Whether agents may change files that a forge runs by itself, with its own secrets: CI workflows.',
  }),
  runLogs: logLevel.default('events').meta({
    description:
      'What the server is told of runs: `full`; `events`: words of the agent, and of its tools names, sizes and exit codes; `states`: nothing but how the run goes.',
  }),
  keptEvents: z
    .strictObject({
      days: z.int().min(0).max(3_650).default(14).meta({
        description:
          'For `process` alone: what agents said, once their runs are gone. Older is removed. 0: none is kept.',
      }),
      mebibytes: z.int().min(1).default(1_024).meta({
        description: 'Of all of them together; the oldest go first.',
      }),
    })
    .prefault({})
    .meta({
      description:
        'For `process` alone: what agents said, whole and unmasked, once their runs are gone, in files below `dataDir`.',
    }),
  network: z
    .strictObject({
      caFile: z
        .string()
        .min(1)
        .optional()
        .meta({ description: 'For the server, git and forges: PEM file of authorities to trust besides.' }),
      proxy: httpLoginUrl.optional().meta({ description: 'For the server, git and forges.' }),
      noProxy: z.string().min(1).optional().meta({ description: 'Hosts reached without it, by commas.' }),
    })
    .prefault({}),
  gitEnvironment: environment.default({}).meta({
    description: 'For checkout and publish alone: GIT_SSH_COMMAND, GIT_ASKPASS and the like.',
  }),
  agentCommand: z.array(z.string()).min(1).optional().meta({
    description: 'For `process` alone: program and arguments of verve-agent, to which the phase is added.',
  }),
  kubernetes: kubernetesSettings.prefault({}),
  health: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(8_081).meta({
        description: 'For `/healthz`, `/readyz` and `/metrics`, which need no key. 0: none of them.',
      }),
      host: z.string().min(1).default('127.0.0.1').meta({ description: 'The address to listen on.' }),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'])
        .default('info')
        .meta({ description: 'The least level to log.' }),
    })
    .prefault({}),
});

const consistent = workerSettings.superRefine(({ agents, prices: known, ...rest }, context) => {
  if (rest.executor !== 'process' && rest.agentCommand) {
    const message = 'is for the executor "process" alone; images have the program of theirs';
    context.addIssue({ code: 'custom', message, path: ['agentCommand'] });
  }
  for (const [n, entry] of agents.entries()) {
    if (canKeepCost(entry, known)) continue;
    const message = `cannot be kept without an entry of "prices" for the agent's model: ${entry.driver} tells no money`;
    context.addIssue({ code: 'custom', message, path: ['agents', n, 'maxCostUsd'] });
  }
});

/** Told together with every other problem, whatever else is wrong. */
const withKey = consistent.refine((value) => value.key !== undefined || value.keyFile !== undefined, {
  error: 'is needed: VERVE_KEY, or a file by VERVE_KEY_FILE',
  path: ['key'],
  when: () => true,
});

/** Everything but the secrets; safe to log. */
export type WorkerSettings = Omit<z.infer<typeof workerSettings>, 'key' | 'keyFile' | 'name'> & {
  /** Where the key stands, when it was not given. */
  readonly keyFile: string | undefined;
  readonly name: string;
  /** PATH of the worker, which runs search for programs too. */
  readonly searchPath: string;
};

/** What the worker is started with. */
export interface WorkerConfig {
  readonly settings: WorkerSettings;
  /** Never logged, never given to a run. Without a `key`, it stands in `settings.keyFile`: `readKey` has it. */
  readonly secrets: { readonly key: string | undefined };
  /** Variables that look like settings and are none. */
  readonly unknownVariables: readonly string[];
}

/** The environment of a program. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `VERVE_CONFIG` and `VERVE_*`, and no file that these name. Throws SettingsInvalid with every problem at once. */
export function loadConfig(env: Environment): WorkerConfig {
  const read = readSettings(withKey, { env, readFile: (path) => readFileSync(path, 'utf8') });
  const { key, keyFile, ...rest } = read.settings;
  const problem = key === undefined ? undefined : keyProblem(key);
  if (problem !== undefined) throw new SettingsInvalid([{ path: 'key', message: problem }]);
  return {
    settings: {
      ...rest,
      keyFile: key === undefined ? keyFile : undefined,
      name: rest.name ?? hostname(),
      dataDir: resolve(rest.dataDir),
      searchPath: env['PATH'] ?? '/usr/bin:/bin',
    },
    secrets: { key },
    unknownVariables: read.unknownVariables,
  };
}
