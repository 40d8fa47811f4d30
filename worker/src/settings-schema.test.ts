import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { settingsSchema } from '@verve/contract';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

import { loadConfig, workerSettings } from './config.ts';
import { refusedByTheWorkerAlone, refusedSettings, takenSettings } from './testing/refused-settings.ts';
import { temporaryFolder } from './testing/run.ts';

const schema = settingsSchema(workerSettings);
const isTaken = new Ajv({ strict: false, allErrors: true, formats: { uri: true } }).compile(
  JSON.parse(schema) as object,
);

test('docs/worker-settings.schema.json is what can be set (vitest -u writes it anew)', async () => {
  await expect(schema).toMatchFileSnapshot('../../docs/worker-settings.schema.json');
});

test.each(refusedSettings.filter((entry) => !refusedByTheWorkerAlone.includes(entry)))(
  'what a worker refuses at %s, the schema does: %j',
  (path, settings) => {
    expect(isTaken(settings)).toBe(false);
    // What is missing is told of what it is missing in.
    const [first, second] = path.split('.');
    const told = isTaken.errors?.map(({ instancePath }) => instancePath).join(' ');
    expect(told).toContain(['', first, second].join('/').replace(/\/$/, ''));
  },
);

test.each(takenSettings.map((settings) => [settings]))(
  'what a worker takes, the schema does: %j',
  async (settings) => {
    await using folder = temporaryFolder();
    const file = join(folder.path, 'worker.yaml');
    writeFileSync(file, JSON.stringify({ key: 'k', ...settings }));

    expect(() => loadConfig({ VERVE_CONFIG: file })).not.toThrow();
    isTaken(settings);
    expect(isTaken.errors ?? []).toEqual([]);
  },
);
