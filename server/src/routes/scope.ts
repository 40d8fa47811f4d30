import { defaultProjectName } from '@verve/contract';

import type { Caller } from '../http/auth.ts';
import { invalid, notFound } from '../service-error.ts';
import type { ProjectStore } from '../storage/admin-stores.ts';
import type { ProjectRecord } from '../storage/records.ts';

/**
 * The project that a listing is bounded to; undefined: an admin's look at all of them. A project that the caller
 * does not see does not exist.
 */
export async function scopeOf(
  caller: Caller,
  asked: string | undefined,
  projects: ProjectStore,
): Promise<string | undefined> {
  if (asked === undefined || asked === caller.projectId) return caller.projectId;
  if (caller.projectId !== undefined || !(await projects.find(asked))) throw notFound('project');
  return asked;
}

/** The project that something new belongs to: the key's own; an admin's choice, else the one named "default". */
export async function projectFor(
  caller: Caller,
  asked: string | undefined,
  projects: ProjectStore,
): Promise<ProjectRecord> {
  const id = await scopeOf(caller, asked, projects);
  const project = id === undefined ? await projects.findByName(defaultProjectName) : await projects.find(id);
  if (project) return project;
  if (id !== undefined) throw notFound('project');
  throw invalid('projectId', `is needed: there is no project named "${defaultProjectName}"`);
}
