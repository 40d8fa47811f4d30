import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';
import { expect, test, vi } from 'vitest';

import type { Executor, RunLine, RunRequest } from '../../executor.ts';
import {
  createRemote,
  git,
  processExecutor,
  requestOf,
  shellSpec,
  temporaryFolder,
} from '../../testing/run.ts';

const never = new AbortController().signal;

async function endOf(executor: Executor, { spec }: RunRequest): Promise<PhaseOutcome | undefined> {
  for await (const state of executor.observe(spec, never)) {
    if (state.kind === 'waiting') await executor.permit(spec, Date.now() + 60_000);
    if (state.kind === 'ended') return state.outcome;
  }
  throw new Error('the run did not end');
}

async function linesOf(executor: Executor, { spec }: RunRequest, cursor?: string): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const batch of executor.follow(spec, cursor, never)) lines.push(...batch);
  return lines;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('runs the phases in order and publishes only with a permit', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const remote = createRemote(folder.path);
  const request = requestOf(shellSpec(remote, 'echo working; echo x > x'));
  await executor.start(request);

  const seen: string[] = [];
  let outcome: PhaseOutcome | undefined;
  for await (const state of executor.observe(request.spec, never)) {
    seen.push('phase' in state ? `${state.kind} ${state.phase}` : state.kind);
    if (state.kind === 'ended') outcome = state.outcome;
    if (state.kind !== 'waiting') continue;
    expect(git(join(folder.path, 'remote.git'), 'branch', '--list', 'verve/*')).toBe('');
    await executor.permit(request.spec, Date.now() + 60_000);
  }

  expect(seen).toEqual(['running checkout', 'running agent', 'waiting publish', 'running publish', 'ended']);
  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect((await linesOf(executor, request)).find((line) => line.text === 'working')).toMatchObject({
    stream: 'o',
    phase: 'agent',
  });
});

test('a log is read on from a cursor, each line once', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const request = requestOf(shellSpec(createRemote(folder.path), 'seq 1 3000; printf "no break"'));
  await executor.start(request);

  const lines = await linesOf(executor, request);
  const rest = await linesOf(executor, request, lines[1_500]?.cursor);

  const agentLines = lines.filter((line) => line.phase === 'agent').map((line) => line.text);
  expect(agentLines.slice(0, 3_001)).toEqual([
    ...Array.from({ length: 3_000 }, (_, n) => `${n + 1}`),
    'no break',
  ]);
  expect(rest).toEqual(lines.slice(1_501));
});

test('stop leaves no process of the run behind, and no outcome', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const pids = join(folder.path, 'pids');
  const script = `trap '' INT TERM; (trap '' INT TERM; sleep 1000) & echo "$$ $!" > ${pids}; wait; sleep 1000`;
  const request = requestOf(shellSpec(createRemote(folder.path), script));
  await executor.start(request);
  await vi.waitFor(() => expect(readFileSync(pids, 'utf8')).toMatch(/\d+ \d+\n/), 15_000);

  await executor.stop(request.spec);

  const found = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(found.filter(isAlive)).toEqual([]);
  expect(await endOf(executor, request)).toBeUndefined();
});

test('what a run leaves running is ended with its phase', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const pid = join(folder.path, 'pid');
  const script = `sleep 1000 & echo $! > ${pid}; echo done`;
  const request = requestOf(shellSpec(createRemote(folder.path), script));
  await executor.start(request);

  expect(await endOf(executor, request)).toMatchObject({ reason: 'NoChanges' });

  expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
});

test('a run outlives its worker; the next one adopts it', async () => {
  await using folder = temporaryFolder();
  const go = join(folder.path, 'go');
  const script = `echo before; until test -e ${go}; do sleep 0.02; done; echo after; echo x > x`;
  const request = requestOf(shellSpec(createRemote(folder.path), script));
  {
    await using first = processExecutor(folder.path);
    await first.start(request);
    for await (const lines of first.follow(request.spec, undefined, never)) {
      if (lines.some((line) => line.text === 'before')) break;
    }
  }
  git(folder.path, 'init', '--quiet', go);

  await using second = processExecutor(folder.path);
  await second.start(request);

  expect(await second.list()).toEqual([{ taskId: request.spec.taskId, attempt: 1 }]);
  expect(await endOf(second, request)).toMatchObject({ reason: 'BranchPushed' });
  const words = (await linesOf(second, request)).map((line) => line.text);
  expect(words.filter((text) => text === 'before' || text === 'after')).toEqual(['before', 'after']);
});

test('a run gets nothing of the environment of its worker but what it is given', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  vi.stubEnv('VERVE_KEY', 'the-key-of-this-worker');
  const spec = shellSpec(createRemote(folder.path), 'env; tr "\\0" "\\n" < /proc/$PPID/environ');
  const request: RunRequest = {
    spec,
    access: { credentials: [] },
    agentEnvironment: { MODEL: 'm1' },
    gitEnvironment: { GIT_ASKPASS: '/creds' },
  };
  await executor.start(request);

  const words = (await linesOf(executor, request)).filter((line) => line.phase === 'agent');

  const names = new Set(words.flatMap((line) => /^([A-Z_]+)=/.exec(line.text)?.[1] ?? []));
  expect([...names].filter((name) => !name.startsWith('VERVE_')).sort()).toEqual(
    ['HOME', 'LANG', 'MODEL', 'PATH', 'PWD', 'TASK_DESCRIPTION', 'TASK_ID', 'TMPDIR'].sort(),
  );
  expect(words.map((line) => line.text).join('\n')).not.toMatch(/the-key-of-this-worker|creds/);
  vi.unstubAllEnvs();
});

test('publish is ended when its time is over', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const request = requestOf(shellSpec(createRemote(folder.path), 'echo x > x'));
  const hook = join(folder.path, 'remote.git', 'hooks', 'pre-receive');
  writeFileSync(hook, '#!/bin/sh\nsleep 1000\n', { mode: 0o755 });
  await executor.start(request);

  let outcome: PhaseOutcome | undefined;
  for await (const state of executor.observe(request.spec, never)) {
    if (state.kind === 'waiting') await executor.permit(request.spec, Date.now() + 1_500);
    if (state.kind === 'ended') outcome = state.outcome;
  }

  expect(outcome).toMatchObject({ reason: 'PublishFailed' });
  expect(outcome?.message).toContain('time granted');
});

test('a removed run is forgotten with its files', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const spec = shellSpec(
    createRemote(folder.path),
    'mkdir cache && touch cache/x && chmod 555 cache; exit 1',
  );
  await executor.start(requestOf(spec));
  await endOf(executor, requestOf(spec));

  await executor.remove(spec);

  expect(await executor.list()).toEqual([]);
  expect(existsSync(join(folder.path, 'runs', `${spec.taskId}-1`))).toBe(false);
});
