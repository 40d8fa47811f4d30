import { readFileSync } from 'node:fs';

import { anyCase, defaultPort, httpUrl, leaseTimes, readSettings } from '@verve/contract';
import { z } from 'zod';

import { namesProxies, proxiesPattern } from './proxy-trust.ts';

const seconds = z.number().positive().max(86_400);

const times = z
  .strictObject({
    heartbeatSeconds: seconds.default(leaseTimes.heartbeatSeconds).describe('How often a worker beats.'),
    leaseSeconds: seconds
      .default(leaseTimes.leaseSeconds)
      .describe('How long a running attempt is held without a heartbeat.'),
    acknowledgeSeconds: seconds
      .default(leaseTimes.acknowledgeSeconds)
      .describe('A claim that its worker has not named within this is taken back.'),
    publishSeconds: seconds
      .default(leaseTimes.publishSeconds)
      .describe('How long a run may publish once it was allowed to.'),
    workerAliveSeconds: seconds
      .default(leaseTimes.workerAliveSeconds)
      .describe('A worker not heard of for this long counts as disconnected.'),
    sweepSeconds: seconds.default(2).describe('How often expired leases are looked for.'),
  })
  .refine(({ leaseSeconds, heartbeatSeconds }) => leaseSeconds > heartbeatSeconds, {
    path: ['leaseSeconds'],
    error: 'must be longer than heartbeatSeconds, or every lease runs out before it is renewed',
  });

const retention = z.strictObject({
  days: z
    .number()
    .positive()
    .optional()
    .describe('Logs of tasks that ended longer ago are deleted. Absent: none.'),
  maxMiB: z
    .number()
    .positive()
    .optional()
    .describe(
      'The logs of the tasks that ended first are deleted until all logs together are smaller. Absent: none.',
    ),
});

/** A character of a password that stands for itself would make another host, database or port of the rest. */
const databasePattern = new RegExp(
  `^${anyCase('postgres')}(?:[qQ][lL])?://(?:[^/?#@]*@)?[^/?#@]*(?:[/?][^#@]*)?$`,
);

/** The environment knows only text. */
function toProxyTrust(value: boolean | string): boolean | string {
  if (value === 'true') return true;
  return value === 'false' || value === '' ? false : value;
}

/** Every setting of the server; `describe` is what its documentation says. */
export const settings = z.strictObject({
  host: z.string().min(1).default('0.0.0.0').describe('The address to listen on; `::` for IPv6 as well.'),
  port: z.int().min(0).max(65_535).default(defaultPort).describe('The port to listen on; 0 takes any.'),
  metricsPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('A port for `/metrics` alone, which `port` then lacks. Absent: `port` has it, for everybody.'),
  publicUrl: httpUrl.optional().meta({
    description: 'The address that people use; where it is https, session cookies go over https only.',
  }),
  trustProxy: z
    .union([z.boolean(), z.string()])
    .transform(toProxyTrust)
    .refine((value) => typeof value === 'boolean' || namesProxies(value), {
      error: 'must be true, false, or addresses and networks (10.0.0.0/8) separated by commas',
    })
    .default(false)
    .meta({
      description:
        'Whose `X-Forwarded-*` headers are believed: `false`, `true`, or addresses and networks separated by commas.',
      pattern: `^(?:true|false|${proxiesPattern})$`,
    }),
  dataDir: z
    .string()
    .min(1)
    .default('.verve')
    .describe('The folder of the SQLite file; not used with Postgres.'),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
    .regex(databasePattern, {
      error: 'must have @, /, ? and # of its user and password encoded: %40, %2F, %3F, %23',
    })
    .optional()
    .describe('Secret. A Postgres database; absent: SQLite in `dataDir`.'),
  databasePoolSize: z.int().min(2).max(500).default(16).describe('Connections to Postgres at most.'),
  adminKey: z
    .string()
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')
    .min(16, 'must have at least 16 characters')
    .max(200)
    .optional()
    .describe('Secret. A key that administers the server; absent: the first start makes one and prints it.'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
        .default('info')
        .describe('The least level to log.'),
    })
    .prefault({}),
  retention: retention.prefault({}),
  times: times.prefault({}),
});

type Settings = z.output<typeof settings>;

/** What must not be logged or shown. */
export type Secrets = Pick<Settings, 'databaseUrl' | 'adminKey'>;

/** How the server runs. */
export type Config = Omit<Settings, keyof Secrets>;

/** What was read. */
export interface ReadConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** `VERVE_*` variables that are no setting: typing errors, or another program's. */
  readonly unknownVariables: readonly string[];
}

/**
 * Reads the settings from the file that `VERVE_CONFIG` names and from `VERVE_*` variables, which win. Throws
 * SettingsInvalid with every problem at once.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ReadConfig {
  const read = readSettings(settings, { env, readFile: (path) => readFileSync(path, 'utf8') });
  const { databaseUrl, adminKey, ...config } = read.settings;
  return {
    config,
    secrets: { databaseUrl, adminKey },
    unknownVariables: read.unknownVariables,
  };
}
