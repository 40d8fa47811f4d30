import { taskStatus, taskStatuses, limits, type Task, type TaskPage, type TaskStatus } from '@verve/contract';
import { Option, type Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { projectIdOf } from '../names.ts';
import { addProjectOption, positiveNumber } from '../options.ts';
import { tableLines, type Cell } from '../table.ts';
import { paintStatus } from '../task-text.ts';
import { cut, plain } from '../terminal.ts';
import { ageText } from '../time-text.ts';

interface ListOptions {
  readonly status?: TaskStatus;
  readonly project?: string;
  readonly search?: string;
  readonly limit: number;
}

/** Adds `task list`. */
export function addTaskListCommand(task: Command, run: Runner): void {
  const command = task
    .command('list')
    .description('list tasks, newest first')
    .addOption(new Option('--status <status>', 'only tasks in this state').choices(taskStatuses))
    .option('--search <text>', 'only tasks with this in title, description or id')
    .option('--limit <number>', 'at most so many', positiveNumber, 20);
  addProjectOption(command, 'only tasks of this project, by id or name').action(run(listTasks));
}

async function listTasks(context: Context, options: ListOptions): Promise<void> {
  const page = await readPages(context, options);
  const workerNames = context.isJson ? new Map<string, string>() : await readWorkerNames(context, page.tasks);
  await context.show(page, () => {
    if (page.tasks.length === 0) return [noTasks(context, options)];
    return tableLines([heading, ...page.tasks.map((task) => row(context, task, workerNames))]);
  });
  if (page.next !== undefined)
    await context.note(context.paint('dim', `More with --limit ${options.limit * 2}`));
}

function noTasks(context: Context, { status, project, search }: ListOptions): string {
  const isFiltered = [status, project, search].some((filter) => filter !== undefined);
  if (isFiltered) return 'No such tasks.';
  return `No tasks. Give one: ${context.environment.program} task create --follow "…"`;
}

/** As many pages as the limit needs. */
async function readPages(context: Context, options: ListOptions): Promise<TaskPage> {
  const client = context.client();
  const projectId = await projectIdOf(client, options.project, context.io.signal);
  const tasks: Task[] = [];
  let next: string | undefined;
  do {
    const query = {
      limit: String(Math.min(options.limit - tasks.length, limits.taskPage)),
      ...(options.status !== undefined && { status: taskStatus.parse(options.status) }),
      ...(options.search !== undefined && { q: options.search }),
      ...(projectId !== undefined && { projectId }),
      ...(next !== undefined && { cursor: next }),
    };
    const page = await client.ask('listTasks', { query, signal: context.io.signal });
    tasks.push(...page.tasks);
    next = page.next;
  } while (next !== undefined && tasks.length < options.limit);
  return { tasks, ...(next !== undefined && { next }) };
}

async function readWorkerNames(context: Context, tasks: readonly Task[]): Promise<Map<string, string>> {
  if (!tasks.some((task) => task.status === 'running')) return new Map();
  const { workers } = await context.client().ask('listWorkers', { query: {}, signal: context.io.signal });
  return new Map(workers.map((worker) => [worker.id, worker.name]));
}

const heading: readonly Cell[] = ['ID', 'STATUS', 'AGE', 'TITLE', 'WHERE OR WHY'].map((text) => ({ text }));

function row(context: Context, task: Task, workerNames: ReadonlyMap<string, string>): Cell[] {
  const age = ageText(context.io.now() - Date.parse(task.createdAt));
  return [
    { text: task.id },
    { text: task.status, paint: () => paintStatus(context.paint, task.status) },
    { text: age },
    { text: cut(plain(task.title), 50) },
    { text: cut(plain(whereOrWhy(task, workerNames)), 60) },
  ];
}

function whereOrWhy(task: Task, workerNames: ReadonlyMap<string, string>): string {
  if (task.status === 'pending') return task.waiting ?? '';
  if (task.status !== 'running') return task.reason ?? '';
  const worker = task.workerId === undefined ? undefined : (workerNames.get(task.workerId) ?? task.workerId);
  return [worker, task.phase, task.waiting].filter((part) => part !== undefined).join(' · ');
}
