import { expect, test } from 'vitest';
import { z } from 'zod';

import { settingsSchema } from './settings-schema.ts';

test('a schema of settings becomes one of the file that people write', () => {
  const settings = z.strictObject({
    url: z.string().meta({ description: 'Where it is.' }),
    capacity: z.int().min(1).default(2),
    log: z.strictObject({ level: z.enum(['info', 'warn']).default('info') }).prefault({}),
  });

  const schema: unknown = JSON.parse(settingsSchema(settings));

  expect(schema).toMatchObject({
    type: 'object',
    required: ['url'],
    additionalProperties: false,
    properties: {
      url: { type: 'string', description: 'Where it is.' },
      capacity: { type: 'integer', minimum: 1, default: 2 },
      log: {
        properties: { level: { enum: ['info', 'warn'], default: 'info' } },
        additionalProperties: false,
      },
    },
  });
});
