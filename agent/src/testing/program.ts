import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LogLevel } from '@verve/contract';

import { defaultBounds } from '../bounds.ts';
import type { DriverEvent } from '../driver-event.ts';
import type { Driver } from '../driver.ts';
import { commandDriver } from '../drivers/command.ts';
import { openEventLog } from '../event-log.ts';
import { runProgram, type Running, type RunnerResult } from '../runner.ts';

/** What a script did under the runner. */
interface RanProgram extends RunnerResult {
  /** What was printed, in order. */
  readonly printed: string;
  /** The events as they were kept. */
  readonly kept: readonly unknown[];
}

/** What is special about a program under test. */
interface ProgramOptions {
  readonly logLevel?: LogLevel;
  /** Of the agent's entry. */
  readonly stallSeconds?: number;
  readonly agent?: Partial<Running['spec']['agent']>;
  readonly driver?: Driver;
  readonly eventBytes?: number;
  readonly signal?: AbortSignal;
  /** Hears each thing that is printed; what it throws, the printer does. */
  readonly onPrint?: (text: string) => void;
  readonly stopGraceMs?: number;
  readonly drainMs?: number;
  /** What the log of events does with one. */
  readonly onEvent?: (event: DriverEvent) => void | Promise<void>;
}

/** A folder for programs under test. */
export interface ProgramFolder extends Disposable {
  readonly path: string;
  /** Runs a shell script as the agent's program. */
  run(script: string, options?: ProgramOptions): Promise<RanProgram>;
}

/** Makes the folder; scripts run in `tree` in it. */
export function createProgramFolder(): ProgramFolder {
  const path = mkdtempSync(join(tmpdir(), 'verve-program-'));
  mkdirSync(join(path, 'tree'));
  return {
    path,
    run: async (script, options = {}) => runScript(path, script, options),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

async function runScript(path: string, script: string, options: ProgramOptions): Promise<RanProgram> {
  const { driver = commandDriver, logLevel = 'full', stallSeconds, onPrint, onEvent } = options;
  const { eventBytes = defaultBounds.eventBytes, stopGraceMs = 300, signal = newSignal() } = options;
  const { drainMs = defaultBounds.drainMs } = options;
  const out = mkdtempSync(join(path, 'out-'));
  let printed = '';
  await using log = await openEventLog(out, { eventBytes, roomMs: 100 });
  const result = await runProgram(
    {
      driver,
      preparation: { argv: ['sh', '-c', script], environment: {}, hasEventsFile: driver === commandDriver },
      tree: join(path, 'tree'),
      scratch: mkdtempSync(join(path, 'scratch-')),
      log: {
        ...log,
        async add(events) {
          for (const event of events) await onEvent?.(event);
          await log.add(events);
        },
      },
      environment: { PATH: process.env['PATH'] ?? '' },
      spec: {
        logLevel,
        agent: {
          name: 'agent',
          driver: 'command',
          ...(stallSeconds !== undefined && { stallSeconds }),
          ...options.agent,
        },
      },
      out,
      bounds: { ...defaultBounds, stopGraceMs, drainMs, eventBytes },
      printer: {
        print: async (_, text) => {
          printed += text;
          onPrint?.(text);
        },
      },
    },
    signal,
  );
  const lines = readFileSync(join(out, 'events.jsonl'), 'utf8').split('\n').filter(Boolean);
  return { ...result, printed, kept: lines.map((line) => JSON.parse(line) as unknown) };
}

function newSignal(): AbortSignal {
  return new AbortController().signal;
}
