import type { AttemptRef } from '@verve/contract';

import { runName } from '../executor.ts';

/** API group and version of AgentRun and Worker. */
export const group = 'verve.dev';
export const version = 'v1alpha1';

/** Labels of everything that belongs to a run. */
export const labels = {
  installation: `${group}/installation`,
  task: `${group}/task`,
  attempt: `${group}/attempt`,
  /** `AgentRun` alone: `true` until the server has its outcome. */
  active: `${group}/active`,
} as const;

/** Annotations, which Verve alone reads and writes. */
export const annotations = {
  /** Of an AgentRun: what the worker has to remember of the attempt (`JournalEntry`, without the description). */
  journal: `${group}/journal`,
  /** Of a Job: the run was stopped, and no phase begins any more. */
  stopped: `${group}/stopped`,
  /** Of a pod: publish may run (`permit` of the contract). */
  permit: `${group}/permit`,
} as const;

/** Keeps an AgentRun until its run is stopped and the server knows. */
export const finalizer = `${group}/run`;

/** What the objects of a run are called: AgentRun, Job and pod. */
export function objectName(ref: AttemptRef): string {
  return runName(ref).replaceAll('_', '-');
}

/** The Secret with what a run is told, and the one with what it logs in with. */
export function taskSecretName(ref: AttemptRef): string {
  return `${objectName(ref)}-task`;
}

/** The Secret with what a run logs in with: to the remote, the forge and the model host. */
export function accessSecretName(ref: AttemptRef): string {
  return `${objectName(ref)}-access`;
}

/** Labels of the objects of a run. */
export function runLabels(installation: string, ref: AttemptRef): Record<string, string> {
  return {
    [labels.installation]: installation,
    [labels.task]: ref.taskId,
    [labels.attempt]: String(ref.attempt),
  };
}

/** The run that an object's labels name; undefined when it is of none. */
export function refOf(found: Readonly<Record<string, string>> | undefined): AttemptRef | undefined {
  const taskId = found?.[labels.task];
  const attempt = Number(found?.[labels.attempt]);
  return taskId !== undefined && Number.isInteger(attempt) && attempt > 0 ? { taskId, attempt } : undefined;
}
