import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { outcomeOf, stateOf, textOf, untilWaiting } from '../../testing/executor-contract/stage.ts';
import { openProcessStage } from '../../testing/process-stage.ts';
import { processExecutor, shellSpec, temporaryFolder } from '../../testing/run.ts';
import { runFolder, type RunFolder } from './run-folder.ts';

// A run has the worker's own user here and can do to the executor's files whatever it likes. It gets nobody to wait for
// it for ever, to read on and on, or to start one phase again and again.

vi.setConfig({ testTimeout: 120_000 });

const ended = { kind: 'ended', outcome: undefined };

const tricks = {
  'a pipe': 'mkfifo',
  'a folder': 'mkdir',
  'a link to nowhere': 'ln -s /nowhere',
  'a link to itself': 'selflink() { ln -s "$(basename "$1")" "$1"; }; selflink',
  'a terabyte': 'truncate -s 1T',
};

const ownFiles = [
  'task.json',
  'permit.json',
  'stopped',
  'log.jsonl',
  'agent.process.json',
  'agent.exit.json',
  'publish.process.json',
  'publish.exit.json',
];

const plants = {
  'a pipe': (path: string) => execFileSync('mkfifo', [path]),
  'a folder': (path: string) => mkdirSync(path),
  'a link to nowhere': (path: string) => symlinkSync('/nowhere', path),
  'a link to itself': (path: string) => symlinkSync(path, path),
  'a terabyte': (path: string) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
  },
};

/** A run whose checkout and agent have ended well, as their files say. */
function runThatWaits(path: string): {
  readonly run: RunFolder;
  readonly spec: ReturnType<typeof shellSpec>;
} {
  const spec = shellSpec('file:///x.git', '');
  const run = runFolder(join(path, 'runs'), spec);
  for (const phase of ['checkout', 'agent'] as const) {
    mkdirSync(run.out(phase), { recursive: true });
    writeFileSync(join(run.out(phase), 'outcome.json'), '{"status":"completed"}');
    writeFileSync(run.process(phase), '{"pid":4194304,"startedAt":"1","bootId":"gone"}');
  }
  writeFileSync(run.task, JSON.stringify(spec));
  return { run, spec };
}

test.each(Object.entries(plants))(
  '%s in the place of one of its files ends the run',
  async (_what, plant) => {
    await using folder = temporaryFolder();
    await using executor = processExecutor(folder.path);
    const intact = runThatWaits(folder.path);
    const spoilt = (['permit', 'stopped'] as const).map((name) => {
      const { run, spec } = runThatWaits(folder.path);
      plant(run[name]);
      return spec;
    });
    const begun = runThatWaits(folder.path);
    plant(begun.run.process('publish'));

    for (const spec of [...spoilt, begun.spec]) {
      await executor.permit(spec, 60_000);
      expect(await stateOf(executor, spec)).toEqual(ended);
      await executor.stop(spec);
      await executor.remove(spec);
    }

    expect(await stateOf(executor, intact.spec)).toEqual({ kind: 'waiting', phase: 'publish' });
  },
);

test.each(Object.entries(plants))(
  '%s in the place of the log has no lines and ends',
  async (_what, plant) => {
    await using folder = temporaryFolder();
    await using executor = processExecutor(folder.path);
    const { run, spec } = runThatWaits(folder.path);
    writeFileSync(run.stopped, '');
    plant(run.log);

    const lines = [];
    for await (const batch of executor.follow(spec, undefined, new AbortController().signal))
      lines.push(batch);

    expect(lines).toEqual([]);
  },
);

test('a folder that the run has shut is opened again', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const { run, spec } = runThatWaits(folder.path);
  chmodSync(run.path, 0o000);

  expect(await stateOf(executor, spec)).toEqual({ kind: 'waiting', phase: 'publish' });
  expect(statSync(run.path).mode & 0o777).toBe(0o700);
});

test.each(Object.entries(tricks))(
  'an agent that makes each file of its run %s ends its run',
  async (_what, trick) => {
    await using stage = openProcessStage();
    await using executor = stage.open();
    const spoil = ownFiles.map((name) => `rm -rf ${name}; ${trick} ${name}`).join('\n');
    const request = stage.request({ agent: `${spoil}\nexit 0`, publish: 'echo published' });
    await executor.start(request);

    // Whoever looks while the agent has taken a file away, and laid nothing in its place yet, may find no run.
    await vi.waitFor(async () => expect(await stateOf(executor, request.spec)).toEqual(ended), {
      timeout: 60_000,
      interval: 50,
    });
    await executor.permit(request.spec, 60_000);
    await executor.start(request);
    await executor.stop(request.spec);

    expect(await stateOf(executor, request.spec)).toEqual(ended);
    expect(await textOf(executor, request)).toEqual([]);
    expect(await stage.alive(request.spec)).toEqual([]);
    await executor.remove(request.spec);
    expect(await executor.list()).toEqual([]);
  },
);

test.each([
  ['the log', 'rm log.jsonl; mkfifo log.jsonl'],
  ['the log by a folder', 'rm log.jsonl; mkdir log.jsonl'],
])('publish does not run without %s, nor for ever', async (_what, agent) => {
  await using stage = openProcessStage();
  await using executor = stage.open();
  const request = stage.request({ agent: `echo words; ${agent}`, publish: 'sleep 1000' });
  await executor.start(request);
  await untilWaiting(executor, request);

  await executor.permit(request.spec, 60_000);

  expect(await outcomeOf(executor, request)).toBeUndefined();
});

test('an agent that takes the record of its beginning away is not begun again', async () => {
  await using stage = openProcessStage();
  await using executor = stage.open();
  const agent = 'echo begun; rm agent.process.json; sleep 1000';
  const request = stage.request({ agent });
  await executor.start(request);

  expect(await outcomeOf(executor, request)).toBeUndefined();
  await executor.stop(request.spec);

  expect(await textOf(executor, request)).toEqual(['begun']);
  expect(await stage.alive(request.spec)).toEqual([]);
});

test('an agent that takes its mark of the stop away is stopped all the same', async () => {
  await using stage = openProcessStage();
  await using executor = stage.open();
  const agent = `trap '' INT TERM; echo here; while :; do rm -f stopped; echo '{"status":"completed"}' > "$VERVE_OUT/outcome.json"; done`;
  const request = stage.request({ agent });
  await executor.start(request);
  for await (const lines of executor.follow(request.spec, undefined, new AbortController().signal)) {
    if (lines.length > 0) break;
  }

  await executor.stop(request.spec);

  expect(await stateOf(executor, request.spec)).toEqual(ended);
  expect(await stage.alive(request.spec)).toEqual([]);
});

test('a run that took its whole folder away is absent, and nothing of it stays alive', async () => {
  await using stage = openProcessStage();
  await using executor = stage.open();
  const request = stage.request({ agent: 'rm -rf "$PWD"; sleep 1000' });
  await executor.start(request);
  await vi.waitFor(
    async () => expect(await stateOf(executor, request.spec)).toEqual({ kind: 'absent' }),
    60_000,
  );

  await executor.stop(request.spec);

  expect(await stage.alive(request.spec)).toEqual([]);
  await executor.remove(request.spec);
});
