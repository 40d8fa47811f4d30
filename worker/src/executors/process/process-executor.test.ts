import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import type { Executor, RunLine, RunRequest, RunState } from '../../executor.ts';
import {
  createRemote,
  git,
  processExecutor,
  requestOf,
  shellSpec,
  temporaryFolder,
} from '../../testing/run.ts';

const never = new AbortController().signal;

async function linesOf(executor: Executor, { spec }: RunRequest, cursor?: string): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const batch of executor.follow(spec, cursor, never)) lines.push(...batch);
  return lines;
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
    await executor.permit(request.spec, 60_000);
  }

  expect(seen).toContain('waiting publish');
  expect(seen.at(-1)).toBe('ended');
  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect((await linesOf(executor, request)).find((line) => line.text === 'working')).toMatchObject({
    stream: 'o',
    phase: 'agent',
  });
});

test('it says at every start that it isolates nothing', async () => {
  await using folder = temporaryFolder();
  const said: string[] = [];
  const logger = pino({ base: null }, { write: (line) => said.push(line) });

  await using _first = processExecutor(folder.path, { logger });
  await using _second = processExecutor(folder.path, { logger });

  expect(
    said.filter((line) => line.includes('isolates nothing') && line.includes('"level":40')),
  ).toHaveLength(2);
});

test('a phase whose record the agent spoilt has begun and never begins again', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const remote = createRemote(folder.path);
  const request = requestOf(shellSpec(remote, 'echo x > x; echo "{}" > ../publish.process.json'));
  await executor.start(request);

  let last: RunState | undefined;
  for await (const state of executor.observe(request.spec, never)) last = state;

  expect(last).toEqual({ kind: 'ended', outcome: undefined });
  expect(git(join(folder.path, 'remote.git'), 'branch', '--list', 'verve/*')).toBe('');
});
