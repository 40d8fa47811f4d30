import { newId, type Project } from '@verve/contract';

import type { Mount } from '../http/endpoint.ts';
import { notFound, ServiceError } from '../service-error.ts';
import type { ProjectRecord } from '../storage/records.ts';
import { NameTaken } from '../storage/storage.ts';
import type { RouteParts } from './parts.ts';

/** Projects: listed, made, changed. */
export function mountProjects(mount: Mount, { storage, clock }: RouteParts): void {
  const { projects } = storage;

  mount('listProjects', async ({ caller }) => {
    if (caller.projectId === undefined) return { projects: (await projects.list()).map(toWireProject) };
    const own = await projects.find(caller.projectId);
    return { projects: own ? [toWireProject(own)] : [] };
  });

  mount('createProject', async ({ body }) => {
    const project = { id: newId('project'), ...body, createdAt: clock.now() };
    await projects.create(project).catch(refuseTakenName);
    return toWireProject(project);
  });

  mount('updateProject', async ({ params, body }) => {
    const project = await projects.find(params.id);
    if (!project) throw notFound('project');
    const updated = await projects
      .update({
        ...project,
        name: body.name ?? project.name,
        repository: replaced(project.repository, body.repository),
        baseBranch: replaced(project.baseBranch, body.baseBranch),
        agent: replaced(project.agent, body.agent),
      })
      .catch(refuseTakenName);
    if (!updated) throw notFound('project');
    return toWireProject(updated);
  });
}

/** Absent leaves it, null takes it away. */
function replaced(old: string | undefined, given: string | null | undefined): string | undefined {
  return given === undefined ? old : (given ?? undefined);
}

function refuseTakenName(error: unknown): never {
  if (!(error instanceof NameTaken)) throw error;
  throw new ServiceError('AlreadyExists', 'there is a project of this name already', { cause: error });
}

function toWireProject({ id, name, repository, baseBranch, agent, createdAt }: ProjectRecord): Project {
  return {
    id,
    name,
    repository,
    baseBranch,
    agent,
    createdAt: new Date(createdAt).toISOString(),
  };
}
