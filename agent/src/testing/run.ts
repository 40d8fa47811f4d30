import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Phase, PhaseOutcome, RunAccess, RunSpec } from '@verve/contract';

import { defaultBounds, type Bounds } from '../bounds.ts';
import { readPhaseInput, type PhaseInput } from '../config.ts';
import { runPhase } from '../phase.ts';
import { sampleSpec } from './sample-spec.ts';

/** A real remote repository with one commit on `main`, and a run on it. */
export interface TestRun extends Disposable {
  readonly remote: string;
  readonly spec: RunSpec;
  readonly folder: string;
  /** Runs git in a folder and gives its output. */
  readonly git: (cwd: string, ...args: string[]) => string;
  /** Tells the run something else from here on. */
  respec(spec: Partial<RunSpec>): void;
  /** Lets checkout and publish reach the remote so from here on. */
  grant(access: RunAccess): void;
  input(phase: Phase): PhaseInput;
  run(phase: Phase, signal?: AbortSignal): Promise<PhaseOutcome>;
}

/** What a test run may have of its own. */
export interface TestRunOptions {
  readonly spec?: Partial<RunSpec>;
  readonly bounds?: Partial<Bounds>;
  /** Added to the environment of every phase. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Only what is waited for in any case; nothing that a slow machine could run out of. */
const quick: Partial<Bounds> = { firstPauseMs: 20, longestPauseMs: 100, stopGraceMs: 500, roomMs: 100 };

/** Makes the remote and the run's folders. */
export function createTestRun(options: TestRunOptions = {}): TestRun {
  const folder = mkdtempSync(join(tmpdir(), 'verve-agent-test-'));
  const remote = createRemote(folder);
  let spec: RunSpec = sampleSpec({ repository: `file://${remote}`, ...options.spec });
  for (const phase of ['checkout', 'agent', 'publish']) {
    for (const name of [phase, `${phase}.home`, `${phase}.tmp`]) mkdirSync(join(folder, name));
  }
  const taskFile = join(folder, 'task.json');
  const accessFile = join(folder, 'access.json');
  writeFileSync(taskFile, JSON.stringify(spec));

  const input = (phase: Phase): PhaseInput => ({
    ...readPhaseInput({
      PATH: process.env['PATH'],
      ...options.environment,
      HOME: join(folder, `${phase}.home`),
      TMPDIR: join(folder, `${phase}.tmp`),
      VERVE_TASK_FILE: taskFile,
      ...(phase !== 'agent' && existsSync(accessFile) && { VERVE_ACCESS_FILE: accessFile }),
      VERVE_TREE: join(folder, 'tree'),
      VERVE_OUT: join(folder, phase),
      VERVE_CHECKOUT_OUT: join(folder, 'checkout'),
      VERVE_AGENT_OUT: join(folder, 'agent'),
    }),
    bounds: { ...defaultBounds, ...quick, ...options.bounds },
  });
  return {
    remote,
    get spec() {
      return spec;
    },
    folder,
    git,
    respec(more) {
      spec = { ...spec, ...more };
      writeFileSync(taskFile, JSON.stringify(spec));
    },
    grant: (access) => writeFileSync(accessFile, JSON.stringify(access)),
    input,
    run: async (phase, signal = new AbortController().signal) => runPhase(phase, input(phase), signal),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function createRemote(folder: string): string {
  const remote = join(folder, 'remote.git');
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  const seed = join(folder, 'seed');
  git(folder, 'init', '--quiet', '--initial-branch=main', seed);
  git(seed, 'remote', 'add', 'origin', remote);
  writeFileSync(join(seed, 'README.md'), '# Sample\n');
  git(seed, 'add', '.');
  git(seed, 'commit', '--quiet', '-m', 'Begin');
  git(seed, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main');
  return remote;
}

/** The entry of an agent that is a shell script. */
export function shellAgent(script: string): RunSpec['agent'] {
  return { name: 'sh', driver: 'command', command: ['sh', '-c', script] };
}

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}
