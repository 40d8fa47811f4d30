import type { Chunk } from '@verve/contract';
import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { createLogPrinter } from '../log-printer.ts';
import { followLog, readLog, readTail } from '../log-source.ts';
import { numberFromZero, positiveNumber } from '../options.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
  readonly tail?: number;
  readonly timestamps?: boolean;
}

/** Adds `task logs`. */
export function addTaskLogsCommand(task: Command, run: Runner): void {
  task
    .command('logs')
    .description('print the log; with --json one chunk a line')
    .argument('<task>', 'id of the task')
    .option('-f, --follow', 'go on until the task has ended')
    .option('--attempt <number>', 'only this attempt', positiveNumber)
    .option('--tail <lines>', 'begin with the newest so many lines', numberFromZero)
    .option('-t, --timestamps', 'begin each line with its time')
    .action(run(printLog));
}

async function printLog(context: Context, taskId: string, options: LogsOptions): Promise<void> {
  const printer = createLogPrinter(context, options.timestamps === true);
  for await (const chunk of chunksOf(context, taskId, options)) await printer.print(chunk);
}

async function* chunksOf(context: Context, taskId: string, options: LogsOptions): AsyncGenerator<Chunk> {
  const { signal } = context.io;
  const log = { taskId, attempt: options.attempt };
  if (options.tail === undefined) {
    yield* options.follow ? followLog(context, log, signal) : readLog(context, log, signal);
    return;
  }
  const tail = await readTail(context, { ...log, count: options.tail }, signal);
  yield* tail.chunks;
  if (options.follow) yield* followLog(context, { ...log, after: tail.next }, signal);
}
