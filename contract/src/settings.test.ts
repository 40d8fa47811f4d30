import { expect, test } from 'vitest';
import { z } from 'zod';

import { envName, readSettings, SettingsInvalid } from './settings.ts';

const schema = z.strictObject({
  port: z.int().min(1).default(8080),
  dataDir: z.string().default('.verve'),
  trustProxy: z.boolean().default(false),
  names: z.array(z.string()).default([]),
  log: z.strictObject({ level: z.enum(['debug', 'info']).default('info') }).prefault({}),
});

function problemsOf(
  yaml: string | undefined,
  env: Record<string, string>,
): readonly { path: string; message: string }[] {
  try {
    readSettings(schema, { yaml, env });
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
}

test('the environment wins over the file, the file over the defaults', () => {
  const settings = readSettings(schema, {
    yaml: 'port: 1000\ntrustProxy: true\nlog: { level: debug }\n',
    env: { VERVE_PORT: '2000', VERVE_NAMES: 'a, b', VERVE_DATA_DIR: '' },
  });

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
  expect(readSettings(schema, { env: { VERVE_LOG_LEVEL: 'debug' } }).log.level).toBe('debug');
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

test.each(['- a list', 'a: [', 'just text'])(
  'a file that is no mapping is a problem, not a crash: %j',
  (yaml) => {
    expect(problemsOf(yaml, {})).toHaveLength(1);
  },
);
