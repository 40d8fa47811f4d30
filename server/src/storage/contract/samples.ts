import { newId } from '@verve/contract';

import type { WorkerRegistration } from '../admin-stores.ts';
import type { KeyRecord, ProjectRecord } from '../records.ts';
import type { NewTask } from '../task-store.ts';

/** A moment in the tests' time. */
export const now = Date.parse('2026-03-01T12:00:00Z');

/** A project; its name is its own. */
export function sampleProject(given: Partial<ProjectRecord> = {}): ProjectRecord {
  const id = newId('project');
  return { id, name: `name of ${id}`, createdAt: now, ...given };
}

/** A member's key of a project. */
export function sampleKey(projectId: string, given: Partial<KeyRecord> = {}): KeyRecord {
  const id = newId('key');
  return { id, projectId, role: 'member', name: 'a key', hash: `hash of ${id}`, createdAt: now, ...given };
}

/** A worker that takes anything. */
export function sampleRegistration(
  projectId: string,
  given: Partial<WorkerRegistration> = {},
): WorkerRegistration {
  return {
    projectId,
    name: 'worker',
    version: '1.0.0',
    executor: 'process',
    capacity: 4,
    labels: {},
    ...given,
  };
}

/** A task that any worker takes. */
export function sampleTask(projectId: string, given: Partial<NewTask> = {}): NewTask {
  return {
    id: newId('task'),
    projectId,
    title: 'Mend the roof',
    description: 'Mend the roof before it rains.',
    repository: 'https://git.example/acme/app.git',
    priority: 0,
    labels: {},
    requires: {},
    maxAttempts: 1,
    timeoutSeconds: 3_600,
    createdBy: 'a key',
    createdAt: now,
    ...given,
  };
}
