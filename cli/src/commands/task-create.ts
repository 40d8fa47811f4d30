import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

import type { CreateTaskInput } from '@verve/contract';
import type { Command } from 'commander';

import { afterStart } from '../after-start.ts';
import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { projectIdOf } from '../names.ts';
import {
  addProjectOption,
  addWaitOptions,
  headerText,
  label,
  positiveNumber,
  seconds,
  wholeNumber,
  type WaitOptions,
} from '../options.ts';
import { plain } from '../terminal.ts';

interface CreateOptions extends WaitOptions {
  readonly file?: string;
  readonly title?: string;
  readonly repository?: string;
  readonly baseBranch?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly priority?: number;
  readonly label?: Record<string, string>;
  readonly require?: Record<string, string>;
  readonly maxAttempts?: number;
  readonly timeout?: number;
  readonly project?: string;
  readonly idempotencyKey?: string;
}

/** Adds `task create`. */
export function addTaskCreateCommand(task: Command, run: Runner): void {
  const command = task
    .command('create')
    .description('give a task')
    .argument('[description]', 'what is to be done; "-" reads it from stdin')
    .option('--file <path>', 'read the description from a file')
    .option('--title <title>', "else the description's first line")
    .option('--repository <address>', "an https, ssh or file URL, or user@host:path; else the project's")
    .option(
      '--base-branch <branch>',
      "where to start from; else the project's, else the repository's default",
    )
    .option('--agent <name>', "which agent; else the project's, else the worker's first")
    .option('--model <name>', 'which model; else the one that the agent is configured with')
    .option('--priority <number>', '-100..100, higher goes first', wholeNumber)
    .option('--label <key=value>', 'a label to find it by; may be repeated', label)
    .option('--require <key=value>', 'a label that the worker must have; may be repeated', label)
    .option('--max-attempts <number>', 'how often a failing agent may try, 1..10', positiveNumber)
    .option('--timeout <time>', 'for one attempt: seconds, or 90s, 15m, 2h', seconds)
    .option('--idempotency-key <key>', 'the same key and task again give the first task', headerText);
  addProjectOption(command, 'its project, by id or name; else "default", or the one that the key belongs to');
  addWaitOptions(command).action(run(createTask));
}

async function createTask(
  context: Context,
  argument: string | undefined,
  options: CreateOptions,
): ReturnType<typeof afterStart> {
  const description = await readDescription(context, argument, options.file);
  const client = context.client();
  const body: CreateTaskInput = {
    description,
    ...present({
      title: options.title,
      repository: options.repository,
      baseBranch: options.baseBranch,
      agent: options.agent,
      model: options.model,
      priority: options.priority,
      labels: options.label,
      requires: options.require,
      maxAttempts: options.maxAttempts,
      timeoutSeconds: options.timeout,
      projectId: await projectIdOf(client, options.project, context.io.signal),
    }),
  };
  const headers = present({ 'idempotency-key': options.idempotencyKey });
  const task = await client.ask('createTask', { body, headers, signal: context.io.signal });
  return afterStart(context, { task, told: `${task.id} created: ${plain(task.title)}` }, options);
}

async function readDescription(
  context: Context,
  argument: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (file !== undefined && argument !== undefined)
    throw new UsageError('give the description as an argument or with --file, not both');
  if (argument === '-') return descriptionOf(await buffer(context.io.stdin), 'stdin');
  if (argument?.trim() === '') throw new UsageError('the description is empty');
  if (argument !== undefined) return argument;
  if (file === undefined)
    throw new UsageError('what is to be done? Give a description, --file, or "-" to read it from stdin');
  return descriptionOf(await readBytes(file), file);
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** What was read must be text for people: a file of another kind was named by mistake. */
function descriptionOf(bytes: Uint8Array, source: string): string {
  if (bytes.includes(0)) throw new UsageError(`${source} is not text: it has a NUL character`);
  if (!isUtf8(bytes)) throw new UsageError(`${source} is not UTF-8 text`);
  const text = new TextDecoder().decode(bytes).trimEnd();
  if (text === '') throw new UsageError(`${source} is empty`);
  return text;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
