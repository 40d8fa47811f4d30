import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import {
  carriesLogin,
  identity,
  isRepositoryPrefix,
  keyProblem,
  logLevel,
  name,
  readSettings,
  SettingsInvalid,
} from '@verve/contract';
import { z } from 'zod';

const environment = z.record(z.string(), z.string());

const agent = z
  .strictObject({
    name: name.meta({ description: 'What tasks call it.' }),
    driver: z.enum(['demo', 'command']).meta({ description: 'Which program it is.' }),
    command: z.array(z.string()).min(1).optional().meta({
      description: 'For the driver `command`: program and arguments; no shell reads them.',
    }),
    model: name.optional().meta({ description: 'For tasks that name none.' }),
    environment: environment.default({}).meta({ description: 'For the agent phase alone.' }),
    environmentFiles: environment.default({}).meta({
      description:
        'The same from files, read at each start of a run: model keys, say. Their content is masked in logs.',
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
  });

const noLogin = { error: 'must not carry a login: it goes to `credentials`, with its password in a file' };
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const prefix = z
  .string()
  .refine(isRepositoryPrefix, {
    error: 'must be an https, ssh or file URL, or user@host: with what follows',
  })
  .refine((value) => !carriesLogin(value), noLogin)
  .meta({
    description:
      'The repositories that it is for: a URL, or `user@host:` with the beginning of a path, and what stands below it. The longest counts.',
  });

const credential = z.strictObject({
  prefix,
  username: name.default('verve').meta({ description: 'Many forges take any, with a token.' }),
  passwordFile: z.string().min(1).meta({ description: 'Password or token; read again at each use.' }),
});

const forge = z
  .strictObject({
    prefix,
    kind: z.enum(['gitea']).meta({ description: 'Which program it is.' }),
    apiUrl: httpUrl
      .optional()
      .meta({ description: "Absent: `/api/v1` of the prefix's host, which takes an https prefix." }),
    tokenFile: z.string().min(1).meta({ description: 'Opens pull requests; read again at each use.' }),
  })
  .refine((value) => value.apiUrl !== undefined || value.prefix.startsWith('https://'), {
    error: 'is needed where the prefix is no https URL',
    path: ['apiUrl'],
  });

/** Where pull requests of some repositories are opened. */
export type ForgeSettings = z.infer<typeof forge>;

/** One agent that this worker offers. */
export type AgentSettings = z.infer<typeof agent>;

/** Every setting of the worker; `description` is what its documentation says. */
export const workerSettings = z.strictObject({
  serverUrl: httpUrl
    .default('http://localhost:8080')
    .meta({ description: 'The server, without the base path.' }),
  key: z.string().min(1).optional().meta({ description: "This worker's key." }),
  keyFile: z.string().min(1).optional().meta({ description: 'A file with the key, instead of `key`.' }),
  name: name
    .optional()
    .meta({ description: "The installation; unique within its project. Absent: the host's name." }),
  executor: z.enum(['process']).default('process').meta({ description: 'Where runs run.' }),
  capacity: z.int().min(1).max(1_000).default(2).meta({ description: 'Attempts at once.' }),
  dataDir: z.string().min(1).default('.verve').meta({ description: 'Runs and the journal.' }),
  labels: z.record(z.string(), z.string()).default({}).meta({ description: 'What tasks may require.' }),
  agents: z
    .array(agent)
    .min(1)
    .refine((agents) => new Set(agents.map((one) => one.name)).size === agents.length, {
      error: 'must not have two of the same name',
    })
    .default([{ name: 'demo', driver: 'demo', environment: {}, environmentFiles: {}, stallSeconds: 1_800 }])
    .meta({ description: 'The first is for tasks that name none. Absent: `demo` alone.' }),
  repositories: z
    .array(
      z
        .string()
        .min(1)
        .refine((value) => !carriesLogin(value), noLogin),
    )
    .default([])
    .meta({
      description:
        'Patterns of the repositories it may work on: `*` within a path segment, `**` any. None: none. An address with `..`, encoded separators or the like is never allowed.',
    }),
  credentials: z.array(credential).default([]).meta({ description: 'How checkout and publish log in.' }),
  forges: z.array(forge).default([]).meta({
    description: 'Where pull requests are opened. A repository without one gets its branch alone.',
  }),
  author: identity.default({ name: 'Verve', email: 'noreply@verve.dev' }).meta({
    description: "Of commits, `name` and `email`; best an address of the forge's bot user.",
  }),
  coAuthor: identity.optional().meta({ description: 'Named in commits and pull requests besides.' }),
  checkoutDepth: z.int().min(1).optional().meta({ description: 'Commits of history. Absent: all.' }),
  mayChangeWorkflows: z.boolean().default(false).meta({
    description:
      'Whether agents may change files that a forge runs by itself, with its own secrets: CI workflows.',
  }),
  runLogs: logLevel.default('events').meta({
    description:
      'What the server is told of runs: `full`; `events`: words of the agent, and of its tools names, sizes and exit codes; `states`: nothing but how the run goes.',
  }),
  network: z
    .strictObject({
      caFile: z.string().min(1).optional().meta({ description: 'PEM file of authorities to trust besides.' }),
      proxy: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .optional()
        .meta({ description: 'For git and forges.' }),
      noProxy: z.string().min(1).optional().meta({ description: 'Hosts reached without it, by commas.' }),
    })
    .prefault({}),
  gitEnvironment: environment.default({}).meta({
    description: 'For checkout and publish alone: GIT_SSH_COMMAND, GIT_ASKPASS and the like.',
  }),
  agentCommand: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'Program and arguments of verve-agent, to which the phase is added.' }),
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

/** Told together with every other problem, whatever else is wrong. */
const withKey = workerSettings.refine((value) => value.key !== undefined || value.keyFile !== undefined, {
  error: 'is needed: VERVE_KEY, or a file by VERVE_KEY_FILE',
  path: ['key'],
  when: () => true,
});

/** Everything but the secrets; safe to log. */
export type WorkerSettings = Omit<z.infer<typeof workerSettings>, 'key' | 'keyFile' | 'name'> & {
  readonly name: string;
  /** PATH of the worker, which runs search for programs too. */
  readonly searchPath: string;
};

/** What the worker is started with. */
export interface WorkerConfig {
  readonly settings: WorkerSettings;
  /** Never logged, never given to a run. */
  readonly secrets: { readonly key: string };
  /** Where the key was read from, when it stands in a file. */
  readonly keyFile: string | undefined;
  /** Variables that look like settings and are none. */
  readonly unknownVariables: readonly string[];
}

/** The environment of a program. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `VERVE_CONFIG` and `VERVE_*`. Throws SettingsInvalid with every problem at once. */
export function loadConfig(env: Environment): WorkerConfig {
  const read = readSettings(withKey, { env, readFile: (path) => readFileSync(path, 'utf8') });
  const { key: given, keyFile, ...rest } = read.settings;
  const key = given ?? readText('keyFile', keyFile ?? '').trim();
  const problem = keyProblem(key);
  if (problem !== undefined) {
    const path = given === undefined ? 'keyFile' : 'key';
    throw new SettingsInvalid([{ path, message: problem }]);
  }
  return {
    settings: {
      ...rest,
      name: rest.name ?? hostname(),
      dataDir: resolve(rest.dataDir),
      searchPath: env['PATH'] ?? '/usr/bin:/bin',
    },
    secrets: { key },
    keyFile: given === undefined ? keyFile : undefined,
    unknownVariables: read.unknownVariables,
  };
}

function readText(path: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SettingsInvalid([{ path, message: `cannot be read: ${message}` }]);
  }
}
