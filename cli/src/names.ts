import type { Client, Project, Worker } from '@verve/contract';

import { NotThere } from './exit-codes.ts';

/** The project of an id or a name. Throws NotThere. */
export async function findProject(client: Client, idOrName: string, signal: AbortSignal): Promise<Project> {
  const { projects } = await client.ask('listProjects', { signal });
  const found = projects.find((project) => project.id === idOrName || project.name === idOrName);
  if (found) return found;
  const names = projects.map((project) => project.name).join(', ');
  throw new NotThere(`there is no project "${idOrName}"; this key sees: ${names}`);
}

/** The id that an option names by id or name; undefined when the option is absent. */
export async function projectIdOf(
  client: Client,
  idOrName: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  return idOrName === undefined ? undefined : (await findProject(client, idOrName, signal)).id;
}

/** The worker of an id or a name. Throws NotThere, also when several projects have one of that name. */
export async function findWorker(client: Client, idOrName: string, signal: AbortSignal): Promise<Worker> {
  const { workers } = await client.ask('listWorkers', { query: {}, signal });
  const found = workers.filter((worker) => worker.id === idOrName || worker.name === idOrName);
  if (found[0] && found.length === 1) return found[0];
  if (found.length > 1) {
    throw new NotThere(
      `several workers are named "${idOrName}"; use an id: ${found.map(({ id }) => id).join(', ')}`,
    );
  }
  throw new NotThere(`there is no worker "${idOrName}"; see "verve worker list"`);
}
