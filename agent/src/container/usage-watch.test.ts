import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createTestContainer, until } from '../testing/container.ts';

/** For scripts: replaces the usage; waits for a file. */
const shell = `
  use() { echo "$1" > "$VERVE_OUT/new"; mv "$VERVE_OUT/new" "$VERVE_OUT/usage.json"; }
  await() { while [ ! -e "$FOLDER/$1" ]; do sleep 0.02; done; }
`;

test('what the agent has used is told whenever it has changed', async () => {
  using container = createTestContainer();
  // Several looks fall into each of the times between.
  const script = `${shell} use '{"costUsd":1}'; await go; sleep 0.2; use '{"costUsd":2,"inputTokens":5}'; await end`;

  const ended = container.run('agent', script);
  await until(() => container.told().length === 1);
  writeFileSync(join(container.folder, 'go'), '');
  await until(() => container.told().length === 2);
  writeFileSync(join(container.folder, 'end'), '');
  await ended;

  expect(container.told()).toEqual([{ usage: { costUsd: 1 } }, { usage: { costUsd: 2, inputTokens: 5 } }]);
});

test.each([
  ['no JSON', `use nonsense`],
  ['no usage', `use '{"costUsd":-1}'`],
  ['much too much', `truncate -s 1G "$VERVE_OUT/usage.json"`],
  ['a pipe', `mkfifo "$VERVE_OUT/usage.json"`],
  ['a folder', `mkdir "$VERVE_OUT/usage.json"`],
  ['a link', `echo '{"costUsd":1}' > "$FOLDER/real"; ln -s "$FOLDER/real" "$VERVE_OUT/usage.json"`],
])('%s is not told', async (_, plant) => {
  using container = createTestContainer();
  const good = `rm -rf "$VERVE_OUT/usage.json"; use '{"costUsd":7}'`;

  const ended = container.run('agent', `${shell} ${plant}; sleep 0.2; ${good}; await go`);
  await until(() => container.told().length > 0);
  writeFileSync(join(container.folder, 'go'), '');
  await ended;

  expect(container.told()).toEqual([{ usage: { costUsd: 7 } }]);
});

test('the end has the last usage where the outcome has none', async () => {
  using container = createTestContainer();

  await container.run('agent', `${shell} use '{"costUsd":3}'; exit 1`);

  expect(container.end()).toEqual({ exit: { code: 1 }, usage: { costUsd: 3 } });
});

test('the end has the usage of the outcome alone where there is one', async () => {
  using container = createTestContainer();
  const outcome = { status: 'failed', usage: { costUsd: 4 } };

  await container.run(
    'agent',
    `${shell} use '{"costUsd":3}'; echo '${JSON.stringify(outcome)}' > "$VERVE_OUT/outcome.json"; exit 1`,
  );

  expect(container.end()).toEqual({ outcome, exit: { code: 1 } });
});

test('checkout tells no usage', async () => {
  using container = createTestContainer();

  await container.run('checkout', `${shell} use '{"costUsd":3}'; sleep 0.2`);

  expect(container.told()).toEqual([]);
  expect(container.end()).toEqual({ exit: { code: 0 } });
});
