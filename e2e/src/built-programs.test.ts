import { globSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { createClient, task as taskSchema } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildCopy, type BuiltCopy } from './built-copy.ts';
import { freshDatabase } from './database.ts';
import { git, startProgram, type Running } from './programs.ts';
import { adminKey } from './replicas.ts';
import { stackOf } from './test-stack.ts';

// What a container image or a package has: the built parts alone, on plain Node.

let built: BuiltCopy;
beforeAll(async () => {
  built = await buildCopy();
});
afterAll(() => built?.[Symbol.dispose]());

function start(
  part: 'server' | 'worker' | 'agent',
  own: Record<string, string>,
  args: readonly string[] = [],
): Running {
  const entry = join(built.folder, part, 'dist', 'main.js');
  return startProgram({ command: 'node', args: [entry, ...args], own, folder: built.folder });
}

/** The CLI as the executable that the build makes of it. */
function verve(args: readonly string[], own: Record<string, string> = {}): Running {
  const command = join(built.folder, 'cli', 'dist', 'main.js');
  return startProgram({ command, args, own, folder: built.folder });
}

/** Starts the server on any port; with its URL. */
async function startServer(stack: AsyncDisposableStack, own: Record<string, string>): Promise<string> {
  const settings = { VERVE_PORT: '0', VERVE_HOST: '127.0.0.1', VERVE_ADMIN_KEY: adminKey };
  const server = stack.use(start('server', { ...settings, ...own }));
  await server.said('\n');
  return /http:\S+/.exec(server.out())?.[0] ?? expect.fail(server.out());
}

test('the server makes its tables in SQLite and in Postgres, and is ready', async (context) => {
  const stack = stackOf(context);
  const database = stack.use(await freshDatabase());

  const onSqlite = await startServer(stack, { VERVE_DATA_DIR: join(built.folder, 'sqlite') });
  const onPostgres = await startServer(stack, { VERVE_DATABASE_URL: database.url });

  for (const url of [onSqlite, onPostgres]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('server, worker, agent and CLI make a branch of a task', async (context) => {
  const stack = stackOf(context);
  const dataDir = join(built.folder, 'data');
  const repository = await makeRepository(join(built.folder, 'sample'));
  const url = await startServer(stack, { VERVE_DATA_DIR: dataDir });
  const client = createClient({ baseUrl: url, key: adminKey, fetch });
  const { projects } = await client.ask('listProjects');
  const { key } = await client.ask('createKey', {
    body: { role: 'worker', name: 'worker', projectId: projects[0]?.id },
  });
  const where = { VERVE_SERVER_URL: url, VERVE_DATA_DIR: dataDir, VERVE_HEALTH_PORT: '0' };
  const own = { ...where, VERVE_KEY: key };
  stack.use(start('worker', { ...own, VERVE_REPOSITORIES: repository }));

  const args = ['task', 'create', '--wait', '--json', '--repository', repository, 'Add a greeting'];
  const cli = stack.use(verve(args, { VERVE_URL: url, VERVE_KEY: adminKey, XDG_CONFIG_HOME: dataDir }));
  const created = await cli.ended;

  expect(created).toMatchObject({ code: 0, err: '' });
  const task = taskSchema.parse(JSON.parse(created.out));
  expect(task).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(await git(join(built.folder, 'sample'), 'log', '-1', '--format=%s', task.branch ?? '')).toBe(
    'Add a greeting',
  );
});

test('nothing in it is for tests', () => {
  const forTests = [
    '*/dist/**/*.test.*',
    '*/dist/**/testing',
    '*/dist/**/*-bench.*',
    '*/dist/**/bench',
    '*/dist/storage/contract',
  ];

  expect(forTests.flatMap((pattern) => globSync(pattern, { cwd: built.folder }))).toEqual([]);
});

test.each([
  ['the worker says which setting it lacks', () => start('worker', {}).ended, { code: 1, err: /VERVE_KEY/ }],
  [
    'the agent says which phases it has',
    () => start('agent', {}).ended,
    { code: 2, err: /checkout.*publish/ },
  ],
  ['the CLI says how it is used', () => verve(['--help']).ended, { code: 0, out: /Usage: verve/ }],
  ['the CLI says its version', () => verve(['--version']).ended, { code: 0, out: /^\d+\.\d+\.\d+\n$/ }],
] as const)('%s', async (_, run, { code, ...said }) => {
  const ended = await run();

  expect(ended.code).toBe(code);
  if ('err' in said) expect(ended.err).toMatch(said.err);
  else expect(ended.out).toMatch(said.out);
});

test('a server whose own files are not all there ends, and does not take that for an outage', async (context) => {
  const stack = stackOf(context);
  const migrations = join(built.folder, 'server', 'dist', 'storage', 'migrations', 'sqlite');
  renameSync(migrations, `${migrations}.away`);

  const own = { VERVE_PORT: '0', VERVE_DATA_DIR: join(built.folder, 'incomplete') };
  const server = stack.use(start('server', own));
  const { code, err } = await server.ended;
  renameSync(`${migrations}.away`, migrations);

  expect(code).toBe(1);
  expect(err).toContain('ENOENT');
});

/** A bare repository with one commit on `main`. */
async function makeRepository(path: string): Promise<string> {
  mkdirSync(path);
  await git(path, 'init', '--quiet', '--bare', '--initial-branch=main');
  const tree = await git(path, 'hash-object', '-t', 'tree', '-w', '/dev/null');
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@verve.invalid'];
  const commit = await git(path, ...who, 'commit-tree', tree, '-m', 'Begin');
  await git(path, 'update-ref', 'refs/heads/main', commit);
  return pathToFileURL(path).href;
}
