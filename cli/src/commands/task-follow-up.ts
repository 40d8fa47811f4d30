import type { CreateTaskInput, Task } from '@verve/contract';
import type { Command } from 'commander';

import { afterStart } from '../after-start.ts';
import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { NotNow, type ExitCode } from '../exit-codes.ts';
import { addWaitOptions, type WaitOptions } from '../options.ts';

/** Adds `task follow-up`. */
export function addFollowUpCommand(task: Command, run: Runner): void {
  const command = task
    .command('follow-up')
    .description("give a new task that goes on from a task's branch")
    .argument('<task>', 'id of the task to go on from')
    .argument('<description>', 'what more is to be done');
  addWaitOptions(command).action(run(followUp));
}

/** As they stand on the command line. */
type FollowUpArguments = readonly [id: string, description: string, options: WaitOptions];

async function followUp(
  context: Context,
  ...[id, description, options]: FollowUpArguments
): Promise<ExitCode> {
  const client = context.client();
  const before = await client.ask('getTask', { params: { id }, signal: context.io.signal });
  const body = followUpOf(before, description);
  const task = await client.ask('createTask', { body, signal: context.io.signal });
  return afterStart(context, { task, told: `${task.id} created, on top of ${before.branch}` }, options);
}

function followUpOf(before: Task, description: string): CreateTaskInput {
  if (before.branch === undefined) {
    throw new NotNow(
      `${before.id} is ${before.status} and has no branch to go on from; ` +
        'create a task of its own, or retry this one with --instructions',
    );
  }
  return {
    description,
    projectId: before.projectId,
    repository: before.repository,
    baseBranch: before.branch,
    requires: before.requires,
    labels: before.labels,
    ...(before.agent !== undefined && { agent: before.agent }),
    ...(before.model !== undefined && { model: before.model }),
  };
}
