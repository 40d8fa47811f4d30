import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createTestContainer } from '../testing/container.ts';
import { countMemoryKills } from './memory-kills.ts';

test.each([
  ['cgroup v2', 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\noom_group_kill 0\n'],
  ['cgroup v1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n'],
])('the kills of %s are counted', async (_, text) => {
  using container = createTestContainer();
  const file = join(container.folder, 'memory');
  writeFileSync(file, text);

  expect(await countMemoryKills([join(container.folder, 'absent'), file])).toBe(2);
});

test('where nothing can be known nothing was killed', async () => {
  using container = createTestContainer();

  expect(await countMemoryKills([container.folder, join(container.folder, 'absent')])).toBe(0);
});

const succeed = `echo '{"status":"completed"}' > "$VERVE_OUT/outcome.json"`;

test.each([
  { what: 'a kill is told', after: 4, script: 'exit 137', outOfMemory: true },
  { what: 'a kill before it began is not', after: 3, script: 'exit 137', outOfMemory: undefined },
  { what: 'a kill that it got over is not', after: 4, script: succeed, outOfMemory: undefined },
])('$what', async ({ after, script, outOfMemory }) => {
  using container = createTestContainer();
  const file = join(container.folder, 'memory');
  writeFileSync(file, 'oom_kill 3\n');

  await container.run('agent', `echo "oom_kill ${after}" > "$FOLDER/memory"; ${script}`, {
    memoryFiles: [file],
  });

  expect(container.end()?.outOfMemory).toBe(outOfMemory);
});
