import type { Command } from 'commander';

import { afterStart } from '../after-start.ts';
import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { addWaitOptions, type WaitOptions } from '../options.ts';

interface RetryOptions extends WaitOptions {
  readonly instructions?: string;
}

/** Adds `task cancel`, `task retry` and `task delete`. */
export function addTaskMoveCommands(task: Command, run: Runner): void {
  task
    .command('cancel')
    .description('cancel a task that has not ended')
    .argument('<task>', 'id of the task')
    .option('--reason <text>', 'why, for those who read it later')
    .action(run(cancelTask));
  const retry = task
    .command('retry')
    .description('give a failed or canceled task one attempt more')
    .argument('<task>', 'id of the task')
    .option('--instructions <text>', 'what to do differently; added to the description');
  addWaitOptions(retry).action(run(retryTask));
  task
    .command('delete')
    .description('delete an ended task with its description and log, for good')
    .argument('<task>', 'id of the task')
    .action(run(deleteTask));
}

async function cancelTask(context: Context, id: string, options: { reason?: string }): Promise<void> {
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const task = await context.client().ask('cancelTask', { params: { id }, body, signal: context.io.signal });
  const told =
    task.status === 'canceled' ? `${id} is canceled` : `${id} is being canceled; its run stops shortly`;
  await context.show(task, () => [told]);
}

async function retryTask(context: Context, id: string, options: RetryOptions): Promise<ExitCode> {
  const body = options.instructions === undefined ? {} : { instructions: options.instructions };
  const task = await context.client().ask('retryTask', { params: { id }, body, signal: context.io.signal });
  return afterStart(context, { task, told: `${id} is tried again` }, options);
}

async function deleteTask(context: Context, id: string): Promise<void> {
  await context.client().call('deleteTask', { params: { id }, signal: context.io.signal });
  await context.show({ id, deleted: true }, () => [`${id} is deleted`]);
}
