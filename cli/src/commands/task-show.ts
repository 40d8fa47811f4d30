import type { TaskDetail } from '@verve/contract';
import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { attemptLines, nextCommands, outcomeLines, resultLines, stateText } from '../task-text.ts';
import { cut, plain } from '../terminal.ts';
import { ageText } from '../time-text.ts';

/** Adds `task show`. */
export function addTaskShowCommand(task: Command, run: Runner): void {
  task
    .command('show')
    .description('what was asked, what came of it, why it waits or ended')
    .argument('<task>', 'id of the task')
    .action(run(showTask));
}

async function showTask(context: Context, id: string): Promise<void> {
  const client = context.client();
  const task = await client.ask('getTask', { params: { id }, signal: context.io.signal });
  if (context.isJson) return context.show(task, () => []);
  const query = { projectId: task.projectId };
  const { workers } = await client.ask('listWorkers', { query, signal: context.io.signal });
  const names = new Map(workers.map((worker) => [worker.id, worker.name]));
  await context.show(task, () => [
    ...asked(context, task),
    '',
    ...whatCame(context, task),
    ...section(
      'Attempts',
      task.attempts.flatMap((attempt) => {
        const workerName = attempt.workerId && (names.get(attempt.workerId) ?? attempt.workerId);
        return attemptLines(attempt, { workerName, taskMessage: task.message }, context.io.now());
      }),
    ),
    ...section(
      'Next',
      nextCommands(task, context.environment.program).map((command) => `  ${command}`),
    ),
  ]);
}

function asked(context: Context, task: TaskDetail): string[] {
  const age = ageText(context.io.now() - Date.parse(task.createdAt));
  const facts: [string, string | undefined][] = [
    ['Repository', task.repository],
    ['Base branch', task.baseBranch],
    ['Agent', [task.agent, task.model].filter((part) => part !== undefined).join(', ') || undefined],
    ['Priority', task.priority === 0 ? undefined : String(task.priority)],
    ['Labels', pairs(task.labels)],
    ['Requires', pairs(task.requires)],
    ['Created', `${age} ago by ${task.createdBy}`],
  ];
  const described =
    task.description.trim() === task.title.trim() ? [] : ['', indent(cut(task.description, 2_000))];
  return [
    context.paint('bold', plain(task.title)),
    context.paint('dim', task.id),
    ...described,
    '',
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(13)} ${plain(value)}`])),
  ];
}

function whatCame(context: Context, task: TaskDetail): string[] {
  if (task.finishedAt !== undefined) return outcomeLines(task, context.paint, context.io.now());
  const before = task.message === undefined ? [] : [`The attempt before: ${plain(task.message)}`];
  return [stateText(task), ...notBefore(task), ...before, ...resultLines(task)];
}

/** From when on it may be taken, unless what it waits for says so already, in whole seconds. */
function notBefore({ notBefore: moment, waiting }: TaskDetail): string[] {
  if (moment === undefined) return [];
  const isTold = waiting?.includes(moment.replace(/\.\d+Z$/, 'Z'));
  return isTold ? [] : [`Not before ${moment}`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function pairs(labels: Readonly<Record<string, string>>): string | undefined {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return text.length === 0 ? undefined : text.join(', ');
}

function indent(text: string): string {
  return plain(text.trim()).replaceAll(/^/gm, '  ');
}
