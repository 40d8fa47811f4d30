import { defaultProjectName, role, type CreateKey, type Key, type Role } from '@verve/contract';
import { InvalidArgumentError, Option, type Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { projectIdOf } from '../names.ts';
import { addProjectOption } from '../options.ts';
import { tableLines } from '../table.ts';
import { plain } from '../terminal.ts';
import { ageText, parseDuration } from '../time-text.ts';

interface CreateOptions {
  readonly role: Role;
  readonly project?: string;
  readonly expires?: string;
}

/** Adds `key list`, `create` and `revoke`. */
export function addKeyCommands(key: Command, run: Runner): void {
  const list = key
    .command('list')
    .description('list keys (not the keys themselves, which nobody can read again)');
  addProjectOption(list, 'only keys of this project, by id or name').action(run(listKeys));
  const create = key
    .command('create')
    .description('make a key; it is printed this once')
    .argument('<name>', 'what or who it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(role.options).default('member'))
    .option('--expires <time>', 'after 12h, 30d, or at a time such as 2030-01-31T12:00:00Z', expiry);
  addProjectOption(create, 'its project, by id or name (default: "default"); an admin key has none').action(
    run(createKey),
  );
  key
    .command('revoke')
    .description('revoke a key; it stops working at once')
    .argument('<key>', 'id of the key: key_…')
    .action(run(revokeKey));
}

async function listKeys(context: Context, options: { project?: string }): Promise<void> {
  const client = context.client();
  const projectId = await projectIdOf(client, options.project, context.io.signal);
  const query = projectId === undefined ? {} : { projectId };
  const list = await client.ask('listKeys', { query, signal: context.io.signal });
  const { projects } = await client.ask('listProjects', { signal: context.io.signal });
  const names = new Map(projects.map((project) => [project.id, project.name]));
  await context.show(list, () =>
    tableLines(
      [
        ['ID', 'NAME', 'ROLE', 'PROJECT', 'AGE', 'EXPIRES'],
        ...list.keys.map((record) => row(context, record, names)),
      ].map((cells) => cells.map((text) => ({ text: plain(text) }))),
    ),
  );
}

function row(context: Context, record: Key, projectNames: ReadonlyMap<string, string>): string[] {
  const project =
    record.projectId === undefined ? '–' : (projectNames.get(record.projectId) ?? record.projectId);
  const age = ageText(context.io.now() - Date.parse(record.createdAt));
  return [record.id, record.name, record.role, project, age, record.expiresAt ?? 'never'];
}

async function createKey(context: Context, name: string, options: CreateOptions): Promise<void> {
  if (options.role === 'admin' && options.project !== undefined)
    throw new UsageError('an admin key sees every project; leave --project out');
  const client = context.client();
  const body: CreateKey = { role: options.role, name };
  if (options.role !== 'admin') {
    const project = options.project ?? defaultProjectName;
    body.projectId = await projectIdOf(client, project, context.io.signal);
  }
  if (options.expires !== undefined) body.expiresAt = expiryTime(options.expires, context.io.now());
  const created = await client.ask('createKey', { body, signal: context.io.signal });
  await context.note(`${created.id}, role ${created.role}. Keep the key now, it is not shown again:`);
  await context.show(created, () => [created.key]);
}

async function revokeKey(context: Context, id: string): Promise<void> {
  await context.client().call('deleteKey', { params: { id }, signal: context.io.signal });
  await context.show({ id, revoked: true }, () => [`${id} is revoked`]);
}

function expiry(text: string): string {
  if (parseDuration(text) === undefined && Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('It must be a time such as 12h, 30d or 2030-01-31T12:00:00Z.');
  return text;
}

function expiryTime(text: string, now: number): string {
  const ms = parseDuration(text);
  return new Date(ms === undefined ? Date.parse(text) : now + ms).toISOString();
}
