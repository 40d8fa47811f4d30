import { limits, type CreateTask } from '@verve/contract';

import { invalid } from '../service-error.ts';
import type { ProjectRecord } from '../storage/records.ts';
import type { NewTask } from '../storage/task-store.ts';

/** What a new task gets besides what its author gave. */
interface Origin {
  readonly id: string;
  readonly project: ProjectRecord;
  /** Name of the key. */
  readonly createdBy: string;
  readonly now: number;
}

/**
 * The task that a request makes, with the project's defaults filled in. Throws InvalidArgument when there is no
 * repository to work on.
 */
export function newTask(input: CreateTask, { id, project, createdBy, now }: Origin): NewTask {
  const repository = input.repository ?? project.repository;
  if (repository === undefined) {
    throw invalid('repository', `is needed: the project "${project.name}" has no default`);
  }
  return {
    id,
    projectId: project.id,
    title: input.title ?? titleOf(input.description),
    description: input.description,
    repository,
    baseBranch: input.baseBranch ?? project.baseBranch,
    agent: input.agent ?? project.agent,
    model: input.model,
    priority: input.priority,
    labels: input.labels,
    requires: input.requires,
    maxAttempts: input.maxAttempts,
    timeoutSeconds: input.timeoutSeconds,
    createdBy,
    createdAt: now,
  };
}

/** The first line with anything in it, cut to a title's length. */
function titleOf(description: string): string {
  const lines = description.split(/\r\n|\r|\n/).map((line) => line.trim());
  const title = lines.find((line) => line !== '') ?? description;
  if (title.length <= limits.nameLength) return title;
  // Not between the two halves of a character.
  const kept = title.slice(0, limits.nameLength - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}…`;
}
