import type { Worker } from '@verve/contract';
import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { findWorker, projectIdOf } from '../names.ts';
import { addProjectOption } from '../options.ts';
import { tableLines, type Cell } from '../table.ts';
import { cut, plain } from '../terminal.ts';
import { ageText } from '../time-text.ts';

/** Adds `worker list`, `pause` and `resume`. */
export function addWorkerCommands(worker: Command, run: Runner): void {
  const list = worker.command('list').description('who is connected, and what runs there');
  addProjectOption(list, 'only workers of this project, by id or name').action(run(listWorkers));
  worker
    .command('pause')
    .description('let a worker claim no more tasks; what runs goes on')
    .argument('<worker>', 'id or name')
    .action(run((context, idOrName: string) => setPaused(context, idOrName, true)));
  worker
    .command('resume')
    .description('let a paused worker claim tasks again')
    .argument('<worker>', 'id or name')
    .action(run((context, idOrName: string) => setPaused(context, idOrName, false)));
}

async function listWorkers(context: Context, options: { project?: string }): Promise<void> {
  const client = context.client();
  const projectId = await projectIdOf(client, options.project, context.io.signal);
  const query = projectId === undefined ? {} : { projectId };
  const list = await client.ask('listWorkers', { query, signal: context.io.signal });
  await context.show(list, () =>
    list.workers.length === 0
      ? ['No workers. One appears here when it has registered with a key of the role "worker".']
      : tableLines([heading, ...list.workers.map((worker) => row(context, worker))]),
  );
}

const heading: readonly Cell[] = [
  'ID',
  'NAME',
  'STATE',
  'RUNNING',
  'SEEN',
  'EXECUTOR',
  'VERSION',
  'AGENTS',
].map((text) => ({ text }));

function row(context: Context, worker: Worker): Cell[] {
  const state = worker.isConnected ? (worker.paused ? 'paused' : 'connected') : 'away';
  const tint = worker.isConnected ? (worker.paused ? 'yellow' : 'green') : 'red';
  return [
    { text: worker.id },
    { text: cut(plain(worker.name), 30) },
    { text: state, paint: (text) => context.paint(tint, text) },
    { text: `${worker.running}/${worker.capacity}` },
    { text: `${ageText(context.io.now() - Date.parse(worker.lastSeenAt))} ago` },
    { text: plain(worker.executor) },
    { text: plain(worker.version) },
    { text: cut(plain(worker.agents?.join(', ') ?? 'any'), 60) },
  ];
}

async function setPaused(context: Context, idOrName: string, paused: boolean): Promise<void> {
  const client = context.client();
  const { id } = await findWorker(client, idOrName, context.io.signal);
  const worker = await client.ask('updateWorker', {
    params: { id },
    body: { paused },
    signal: context.io.signal,
  });
  await context.show(worker, () => [
    paused
      ? `${plain(worker.name)} is paused and claims no more tasks; ${worker.running} still run there`
      : `${plain(worker.name)} claims tasks again`,
  ]);
}
