import { expect, test } from 'vitest';
import { z } from 'zod';

import { envName, readSettings, SettingsInvalid, type SettingsSource } from './settings.ts';

const schema = z.strictObject({
  port: z.int().min(1).default(8080),
  dataDir: z.string().default('.verve'),
  trustProxy: z.boolean().default(false),
  names: z.array(z.string()).default([]),
  log: z.strictObject({ level: z.enum(['debug', 'info']).default('info') }).prefault({}),
});

function sourceOf(yaml: string | undefined, env: Record<string, string>): SettingsSource {
  return {
    env: yaml === undefined ? env : { ...env, VERVE_CONFIG: 'verve.yaml' },
    readFile: (path) => (path === 'verve.yaml' && yaml !== undefined ? yaml : expect.fail(`read ${path}`)),
  };
}

function problemsOf(
  yaml: string | undefined,
  env: Record<string, string>,
): readonly { path: string; message: string }[] {
  try {
    readSettings(schema, sourceOf(yaml, env));
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
}

test('the environment wins over the file, the file over the defaults', () => {
  const { settings } = readSettings(
    schema,
    sourceOf('port: 1000\ntrustProxy: true\nlog: { level: debug }\n', {
      VERVE_PORT: '2000',
      VERVE_NAMES: 'a, b',
      VERVE_DATA_DIR: '',
    }),
  );

  expect(settings).toEqual({
    port: 2000,
    dataDir: '.verve',
    trustProxy: true,
    names: ['a', 'b'],
    log: { level: 'debug' },
  });
});

test('a nested setting has a variable of its own', () => {
  expect(envName(['log', 'level'])).toBe('VERVE_LOG_LEVEL');
  const { settings } = readSettings(schema, sourceOf(undefined, { VERVE_LOG_LEVEL: 'debug' }));
  expect(settings.log.level).toBe('debug');
});

test('reports every problem at once, with its path and its variable', () => {
  const problems = problemsOf('prot: 1\ntrustProxy: "yes"\n', { VERVE_PORT: 'x', VERVE_LOG_LEVEL: 'loud' });

  expect(problems.map((problem) => problem.path).toSorted()).toEqual([
    'log.level (VERVE_LOG_LEVEL)',
    'port (VERVE_PORT)',
    'prot',
    'trustProxy',
  ]);
});

test.each(['0x50', '1e4', '0b1', ' 80', '+80', '80.', 'Infinity', '８０'])(
  'a number is decimal digits and nothing else: not %j',
  (given) => {
    expect(problemsOf(undefined, { VERVE_PORT: given })).toEqual([
      { path: 'port (VERVE_PORT)', message: 'must be a number in decimal digits' },
    ]);
  },
);

test.each(['- a list', 'a: [', 'just text'])(
  'a file that is no mapping is a problem, not a crash: %j',
  (yaml) => {
    expect(problemsOf(yaml, {})).toHaveLength(1);
  },
);

test('a file that cannot be read is a problem beside the others', () => {
  const source = {
    env: { VERVE_CONFIG: '/nowhere', VERVE_PORT: 'x' },
    readFile: () => expect.fail('no such file'),
  };

  expect(() => readSettings(schema, source)).toThrow(
    /VERVE_CONFIG: \/nowhere cannot be read: no such file[^]*port \(VERVE_PORT\)/,
  );
});

test('names variables that look like settings and are none', () => {
  const { unknownVariables } = readSettings(
    schema,
    sourceOf('{}', { VERVE_PROT: '1', VERVE_OLD: '', VERVE_PORT: '1', OTHER: 'x' }),
  );

  expect(unknownVariables).toEqual(['VERVE_PROT']);
});
