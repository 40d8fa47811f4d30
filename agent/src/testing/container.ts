import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Phase } from '@verve/contract';
import {
  containerEnd,
  containerTold,
  type ContainerEnd,
  type ContainerTold,
} from '@verve/contract/container';

import { runContainer } from '../container/container-run.ts';
import { readContainerSetting } from '../container/container-setting.ts';
import { containerTimes, type ContainerTimes } from '../container/container.ts';

/** Only what is waited for in any case. */
const quickTimes: ContainerTimes = {
  ...containerTimes,
  graceMs: 300,
  permitLookMs: 20,
  waitingTickMs: 50,
  runningTickMs: 100,
  usageLookMs: 30,
  silenceMs: 100,
};

/** What is special about a container under test. */
interface TestContainerOptions {
  readonly times?: Partial<ContainerTimes>;
  readonly signal?: AbortSignal;
  /** Of the container's stream; absent: a file. */
  readonly fd?: number;
  readonly memoryFiles?: readonly string[];
}

/** The folders of a run in containers, and what a container tells. */
export interface TestContainer extends Disposable {
  readonly folder: string;
  /** Of the phase that runs. */
  readonly out: string;
  readonly permitFile: string;
  /** Writes what the phase agent left. */
  leave(outcome: string): void;
  /** Runs a shell script as the program of a phase; resolves with the exit code. */
  run(phase: Phase, script: string, options?: TestContainerOptions): Promise<number>;
  /** Starts the real program in a process of its own, with the real times. */
  start(...args: string[]): ChildProcess;
  /** What was written so far by `run`. */
  lines(): readonly string[];
  /** The same of its control lines. */
  told(): readonly ContainerTold[];
  /** The termination message; undefined while there is none. */
  end(): ContainerEnd | undefined;
}

/** Makes the folders; nothing was told yet. */
export function createTestContainer(): TestContainer {
  const folder = mkdtempSync(join(tmpdir(), 'verve-container-'));
  const at = (name: string): string => join(folder, name);
  const environment = {
    PATH: process.env['PATH'],
    HOME: at('home'),
    TMPDIR: at('tmp'),
    VERVE_OUT: at('out'),
    VERVE_AGENT_OUT: at('agent'),
    VERVE_PERMIT_FILE: at('permit'),
    VERVE_TERMINATION_FILE: at('end'),
    FOLDER: folder,
  };
  mkdirSync(at('agent'));
  writeFileSync(at('stream'), '');
  const started: ChildProcess[] = [];
  const lines = (): string[] => readFileSync(at('stream'), 'utf8').split('\n').slice(0, -1);
  return {
    folder,
    out: at('out'),
    permitFile: at('permit'),
    leave: (outcome) => writeFileSync(at('agent/outcome.json'), outcome),
    async run(phase, script, { times, signal = new AbortController().signal, memoryFiles = [], fd } = {}) {
      const own = openSync(at('stream'), 'a');
      const world = { fd: fd ?? own, times: { ...quickTimes, ...times }, memoryFiles };
      const setting = readContainerSetting(phase, ['sh', '-c', script], environment);
      return runContainer(setting, world, signal).finally(() => closeSync(own));
    },
    start(...args) {
      const main = fileURLToPath(new URL('../main.ts', import.meta.url));
      const child = spawn(process.execPath, ['--conditions=source', main, 'container', ...args], {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      return child;
    },
    lines,
    told: () =>
      lines().flatMap((line) =>
        line.startsWith('c ') ? [containerTold.parse(JSON.parse(line.slice(2)))] : [],
      ),
    end() {
      const text = readFileSync(at('end'), { encoding: 'utf8', flag: 'a+' });
      return text === '' ? undefined : containerEnd.parse(JSON.parse(text));
    },
    [Symbol.dispose]() {
      for (const child of started) child.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something is there. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await wait(10);
  }
}
