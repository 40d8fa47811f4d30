import type { CreateProject, Project, UpdateProject } from '@verve/contract';
import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { findProject } from '../names.ts';
import { tableLines } from '../table.ts';
import { plain } from '../terminal.ts';

interface ProjectOptions {
  readonly name?: string;
  readonly repository?: string;
  readonly baseBranch?: string;
  readonly agent?: string;
}

const defaults = ['repository', 'baseBranch', 'agent'] as const;

/** Adds `project list`, `create` and `update`. */
export function addProjectCommands(project: Command, run: Runner): void {
  project.command('list').description('list the projects that the key sees').action(run(listProjects));
  const create = project.command('create').description('make a project').argument('<name>', 'its name');
  addDefaults(create).action(run(createProject));
  const update = project
    .command('update')
    .description('change a project; an empty value takes a default away')
    .argument('<project>', 'id or name')
    .option('--name <name>', 'its new name');
  addDefaults(update).action(run(updateProject));
}

function addDefaults(command: Command): Command {
  return command
    .option('--repository <address>', 'for tasks that name none')
    .option('--base-branch <branch>', 'for tasks that name none')
    .option('--agent <name>', 'for tasks that name none');
}

async function listProjects(context: Context): Promise<void> {
  const list = await context.client().ask('listProjects', { signal: context.io.signal });
  await context.show(list, () =>
    tableLines(
      [['ID', 'NAME', 'REPOSITORY', 'BASE BRANCH', 'AGENT'], ...list.projects.map(row)].map((cells) =>
        cells.map((text) => ({ text: plain(text) })),
      ),
    ),
  );
}

function row(project: Project): string[] {
  return [project.id, project.name, ...defaults.map((field) => project[field] ?? '–')];
}

async function createProject(context: Context, name: string, options: ProjectOptions): Promise<void> {
  const body: CreateProject = { name };
  for (const field of defaults) if (options[field] !== undefined) body[field] = options[field];
  const project = await context.client().ask('createProject', { body, signal: context.io.signal });
  await context.show(project, () => [`${project.id} created: ${plain(project.name)}`]);
}

async function updateProject(context: Context, idOrName: string, options: ProjectOptions): Promise<void> {
  const body: UpdateProject = {};
  if (options.name !== undefined) body.name = options.name;
  for (const field of defaults) {
    const value = options[field];
    if (value !== undefined) body[field] = value === '' ? null : value;
  }
  if (Object.keys(body).length === 0)
    throw new UsageError('nothing to change: give --name, --repository, --base-branch or --agent');
  const client = context.client();
  const { id } = await findProject(client, idOrName, context.io.signal);
  const project = await client.ask('updateProject', { params: { id }, body, signal: context.io.signal });
  await context.show(project, () => [`${plain(project.name)} is changed`]);
}
