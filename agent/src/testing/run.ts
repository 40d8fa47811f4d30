import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newId, type Phase, type PhaseOutcome, type RunSpec } from '@verve/contract';

import { readPhaseInput, type PhaseInput } from '../config.ts';
import { runPhase } from '../phase.ts';

/** A real remote repository with one commit on `main`, and a run on it. */
export interface TestRun extends Disposable {
  readonly remote: string;
  readonly spec: RunSpec;
  readonly folder: string;
  /** Runs git in a folder and gives its output. */
  git(cwd: string, ...args: string[]): string;
  input(phase: Phase): PhaseInput;
  run(phase: Phase): Promise<PhaseOutcome>;
}

/** Makes the remote and the run's folders. */
export function createTestRun(spec: Partial<RunSpec> = {}): TestRun {
  const folder = mkdtempSync(join(tmpdir(), 'verve-agent-test-'));
  const remote = join(folder, 'remote.git');
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  const seed = join(folder, 'seed');
  git(folder, 'init', '--quiet', '--initial-branch=main', seed);
  git(seed, 'remote', 'add', 'origin', remote);
  writeFileSync(join(seed, 'README.md'), '# Sample\n');
  git(seed, 'add', '.');
  git(seed, 'commit', '--quiet', '-m', 'Begin');
  git(seed, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main');

  const taskId = newId('task');
  const whole: RunSpec = {
    taskId,
    attempt: 1,
    title: 'Say hello',
    description: 'Say hello to everybody.',
    repository: `file://${remote}`,
    branch: `verve/${taskId}`,
    author: { name: 'Verve', email: 'noreply@verve.dev' },
    agent: { name: 'demo', driver: 'demo' },
    forge: { kind: 'none' },
    mayChangeWorkflows: false,
    logLevel: 'full',
    ...spec,
  };
  for (const phase of ['checkout', 'agent', 'publish']) mkdirSync(join(folder, phase));
  writeFileSync(join(folder, 'task.json'), JSON.stringify(whole));

  const input = (phase: Phase): PhaseInput =>
    readPhaseInput({
      PATH: process.env['PATH'],
      HOME: folder,
      VERVE_TASK_FILE: join(folder, 'task.json'),
      VERVE_TREE: join(folder, 'tree'),
      VERVE_OUT: join(folder, phase),
      VERVE_CHECKOUT_OUT: join(folder, 'checkout'),
      VERVE_AGENT_OUT: join(folder, 'agent'),
    });
  return {
    remote,
    spec: whole,
    folder,
    git,
    input,
    run: (phase) => runPhase(phase, input(phase), new AbortController().signal),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}
