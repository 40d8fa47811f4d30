import type { Task } from '@verve/contract';

import type { Context } from './context.ts';
import { exitCodeOfStatus, exitCodes, type ExitCode } from './exit-codes.ts';
import { createLogPrinter } from './log-printer.ts';
import { followLog } from './log-source.ts';
import type { WaitOptions } from './options.ts';
import { outcomeLines } from './task-text.ts';
import { waitForEnd } from './watch-task.ts';

/** A task that was made or retried, and the line that says so. */
interface Started {
  readonly task: Task;
  readonly told: string;
}

/**
 * What `--wait` and `--follow` do once a task was made or retried: wait, show the log, print the outcome, and turn
 * it into the exit code. Without them the task is told at once.
 */
export async function afterStart(
  context: Context,
  { task, told }: Started,
  options: WaitOptions,
): Promise<ExitCode> {
  const follow = `${context.environment.program} task logs -f ${task.id}`;
  if (!options.wait && !options.follow) {
    await context.show(task, () => [told, `Follow it: ${follow}`]);
    return exitCodes.ok;
  }
  await context.note(told);
  try {
    const ended = await (options.follow
      ? followToEnd(context, task)
      : waitForEnd(context, task, context.io.signal));
    const now = context.io.now();
    if (options.follow && context.isJson) await context.io.stdout.write(`${JSON.stringify(ended)}\n`);
    else await context.show(ended, () => outcomeLines(ended, context.paint, now));
    return exitCodeOfStatus(ended.status) ?? exitCodes.internal;
  } catch (error) {
    if (context.io.signal.aborted) await context.note(`The task goes on: ${follow}`);
    throw error;
  }
}

/** Shows the log of a new attempt and waits for the end; when one of the two fails, the other stops. */
async function followToEnd(context: Context, task: Task): Promise<Task> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.io.signal, stop.signal]);
  const printer = createLogPrinter(context, false);
  const after = task.attempt === 0 ? undefined : `${task.attempt}.999999999`;
  const showLog = async (): Promise<void> => {
    for await (const chunk of followLog(context, { taskId: task.id, after }, signal))
      await printer.print(chunk);
  };
  try {
    const [ended] = await Promise.all([waitForEnd(context, task, signal), showLog()]);
    return ended;
  } finally {
    stop.abort();
  }
}
