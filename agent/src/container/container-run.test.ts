import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createTestContainer } from '../testing/container.ts';

const succeed = `echo '{"status":"completed"}' > "$VERVE_OUT/outcome.json"`;

test('every line has the letter of its stream', async () => {
  using container = createTestContainer();

  const code = await container.run(
    'checkout',
    `echo one; echo two >&2; echo; printf 'c {"tick":1}'; ${succeed}`,
  );

  expect(code).toBe(0);
  expect(container.lines().filter((line) => line.startsWith('o'))).toEqual(['o one', 'o ', 'o c {"tick":1}']);
  expect(container.lines().filter((line) => !line.startsWith('o'))).toEqual(['e two']);
  expect(container.end()).toEqual({ outcome: { status: 'completed' }, exit: { code: 0 } });
});

test('long lines of both streams are cut, and neither is in the middle of the other', async () => {
  using container = createTestContainer();
  const long = (letter: string): string =>
    `for i in 1 2 3 4 5; do head -c 200000 /dev/zero | tr '\\0' ${letter}; echo; done`;

  await container.run('checkout', `(${long('b')}) >&2 & ${long('a')}; wait`);

  const lines = container.lines();
  expect(lines).toHaveLength(10);
  for (const line of lines)
    expect(line).toMatch(/^(?:o a+|e b+) … \[cut by Verve: the line has 200000 bytes\]$/);
});

test('bytes that no log can take are replaced', async () => {
  using container = createTestContainer();

  await container.run('checkout', String.raw`printf 'a\0b\377c\rd\r\n'`);

  expect(container.lines()).toEqual(['o a\uFFFDb\uFFFDc', 'o d']);
});

test('the program has the phase as its last argument, and what is for the container alone is not handed on', async () => {
  using container = createTestContainer();

  await container.run('agent', 'echo "$0"; env | grep -c -e PERMIT_FILE -e TERMINATION_FILE; cat');

  expect(container.lines()).toEqual(['o agent', 'o 0']);
});

test('folders that are not there are made, and what an earlier phase laid into them is not this one’s', async () => {
  using container = createTestContainer();
  mkdirSync(join(container.out, 'usage.json'), { recursive: true });
  writeFileSync(join(container.out, 'outcome.json'), '{"status":"completed"}');

  const code = await container.run('agent', 'touch "$HOME/x" "$TMPDIR/y"');

  expect(code).toBe(1);
  expect(container.end()).toEqual({ exit: { code: 0 } });
  expect(existsSync(join(container.folder, 'home/x'))).toBe(true);
});

test('a folder that cannot be made is told as the end', async () => {
  using container = createTestContainer();
  writeFileSync(container.out, '');

  const code = await container.run('checkout', 'echo begun');

  expect(code).toBe(1);
  expect(container.end()).toEqual({ exit: { error: expect.stringMatching(/^cannot start: .*EEXIST/) } });
  expect(container.lines()).toEqual([]);
});

test('told to stop before it began, it does not begin', async () => {
  using container = createTestContainer();

  await container.run('checkout', 'echo begun', { signal: AbortSignal.abort() });

  expect(container.end()).toEqual({ stopped: true });
  expect(container.lines()).toEqual([]);
});

test.each([
  ['none', ':'],
  ['no JSON', 'echo nonsense > "$OUTCOME"'],
  ['no outcome', `echo '{"status":"good"}' > "$OUTCOME"`],
  ['much too much', 'truncate -s 1G "$OUTCOME"'],
  ['a pipe', 'mkfifo "$OUTCOME"'],
  ['a folder', 'mkdir "$OUTCOME"'],
  ['a link', `echo '{"status":"completed"}' > "$FOLDER/real"; ln -s "$FOLDER/real" "$OUTCOME"`],
  ['a second name', `echo '{"status":"completed"}' > "$FOLDER/real"; ln "$FOLDER/real" "$OUTCOME"`],
  [
    'a folder that is a link',
    `mv "$VERVE_OUT" "$FOLDER/o"; ln -s o "$VERVE_OUT"; echo '{"status":"completed"}' > "$OUTCOME"`,
  ],
  ['a device', 'ln -s /dev/zero "$OUTCOME"'],
])('an outcome that is %s counts as none', async (_, plant) => {
  using container = createTestContainer();

  const code = await container.run('agent', `OUTCOME="$VERVE_OUT/outcome.json"; ${plant}`);

  expect(code).toBe(1);
  expect(container.end()).toEqual({ exit: { code: 0 } });
});

test('an outcome is told as far as the contract knows it, with a message that fits', async () => {
  using container = createTestContainer();
  const outcome = {
    status: 'failed',
    reason: 'AgentFailed',
    message: '€'.repeat(4_000),
    summary: 'x'.repeat(50_000),
  };
  writeFileSync(join(container.folder, 'left'), JSON.stringify(outcome));

  const code = await container.run('agent', 'cp "$FOLDER/left" "$VERVE_OUT/outcome.json"; exit 1');

  expect(code).toBe(1);
  expect(container.end()).toEqual({
    outcome: { status: 'failed', reason: 'AgentFailed', message: expect.stringMatching(/^€{500,}…$/) },
    exit: { code: 1 },
  });
});
