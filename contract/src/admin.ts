import { z } from 'zod';

import { keyId, projectId } from './ids.ts';
import { limits } from './limits.ts';
import { branch, repository } from './repository.ts';
import { name, text, timestamp } from './text.ts';

/** A key's role: `admin` everything, `member` one project's tasks, `worker` one project's worker calls. */
export const role = z.enum(['admin', 'member', 'worker']);
export type Role = z.infer<typeof role>;

/** An owner of tasks, workers and keys, with defaults for its tasks. */
export const project = z
  .object({
    id: projectId,
    name: z.string(),
    repository: z.string().optional(),
    baseBranch: z.string().optional(),
    agent: z.string().optional(),
    createdAt: timestamp,
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof project>;

export const projectList = z.object({ projects: z.array(project) });

/** Body of `POST /projects`. */
export const createProject = z.strictObject({
  name,
  repository: repository.optional(),
  baseBranch: branch.optional(),
  agent: name.optional(),
});
export type CreateProject = z.infer<typeof createProject>;

/** Body of `PATCH /projects/{id}`: what is absent stays; null takes a default away. */
export const updateProject = z.strictObject({
  name: name.optional(),
  repository: repository.nullable().optional(),
  baseBranch: branch.nullable().optional(),
  agent: name.nullable().optional(),
});
export type UpdateProject = z.infer<typeof updateProject>;

/** A key's record; the key itself is shown once, when it is made. */
export const key = z
  .object({
    id: keyId,
    projectId: projectId.optional().meta({ description: 'Absent for an admin key.' }),
    role,
    name: z.string(),
    createdAt: timestamp,
    expiresAt: timestamp.optional(),
  })
  .meta({ id: 'Key' });
export type Key = z.infer<typeof key>;

export const keyList = z.object({ keys: z.array(key) });

/** Query of `GET /keys`. */
export const listKeysQuery = z.strictObject({ projectId: projectId.optional() });

/** Body of `POST /keys`. */
export const createKey = z
  .strictObject({ projectId: projectId.optional(), role, name, expiresAt: timestamp.optional() })
  .refine((value) => (value.role === 'admin') === (value.projectId === undefined), {
    error: 'is needed unless the role is admin, which has none',
    path: ['projectId'],
  });
export type CreateKey = z.infer<typeof createKey>;

/** The answer to `POST /keys`: the record and, this once, the key. */
export const createdKey = key.extend({ key: z.string() });
export type CreatedKey = z.infer<typeof createdKey>;

/** Body of `POST /session`. */
export const createSession = z.strictObject({ key: text(limits.nameLength) });

/** Who is calling. */
export const session = z.object({
  role,
  name: z.string(),
  projectId: projectId.optional(),
  expiresAt: timestamp.optional(),
});
export type Session = z.infer<typeof session>;
