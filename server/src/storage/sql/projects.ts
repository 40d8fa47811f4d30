import type { Insertable } from 'kysely';

import type { ProjectStore } from '../admin-stores.ts';
import type { ProjectRecord } from '../records.ts';
import type { Database } from './database.ts';
import { toProject } from './rows.ts';
import type { ProjectTable } from './schema.ts';

/** Projects in SQL. */
export function createProjectStore({ kysely }: Database): ProjectStore {
  return {
    async create(project) {
      await kysely.insertInto('projects').values(toRow(project)).execute();
    },

    async find(id) {
      const row = await kysely.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toProject(row);
    },

    async findByName(name) {
      const row = await kysely.selectFrom('projects').selectAll().where('name', '=', name).executeTakeFirst();
      return row && toProject(row);
    },

    async list() {
      const rows = await kysely
        .selectFrom('projects')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(toProject);
    },

    async update(project) {
      const { name, repository, base_branch, agent } = toRow(project);
      const row = await kysely
        .updateTable('projects')
        .set({ name, repository, base_branch, agent })
        .where('id', '=', project.id)
        .returningAll()
        .executeTakeFirst();
      return row && toProject(row);
    },
  };
}

function toRow(project: ProjectRecord): Insertable<ProjectTable> {
  return {
    id: project.id,
    name: project.name,
    repository: project.repository ?? null,
    base_branch: project.baseBranch ?? null,
    agent: project.agent ?? null,
    created_at: project.createdAt,
  };
}
