import { expect, test } from 'vitest';
import { z } from 'zod';

import { settingsTable } from './settings-docs.ts';

test('shows each setting with its variable, type, default and description', () => {
  const table = settingsTable(
    z.strictObject({
      port: z.int().default(8080).describe('Where to listen.'),
      log: z.strictObject({ level: z.enum(['debug', 'info']).default('info') }).prefault({}),
      names: z.array(z.string()).default([]),
      labels: z.record(z.string(), z.string()).default({}),
      tolerations: z.array(z.record(z.string(), z.unknown())).default([]),
      agents: z
        .array(z.strictObject({ name: z.string().describe('Its name.'), like: z.string().optional() }))
        .default([]),
    }),
  );

  expect(table.split('\n').slice(2)).toEqual([
    '| `port` | `VERVE_PORT` | whole number | `8080` | Where to listen. |',
    '| `log.level` | `VERVE_LOG_LEVEL` | `debug`, `info` | `info` |  |',
    '| `names` | `VERVE_NAMES` | list, separated by commas |  |  |',
    '| `labels` | – | mapping |  |  |',
    '| `tolerations` | – | list |  |  |',
    '| `agents` | – | list |  |  |',
    '| `agents[].name` | – | text |  | Its name. |',
    '',
  ]);
});
