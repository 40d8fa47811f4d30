import type { Attempt, Task, TaskDetail, TaskStatus, Usage } from '@verve/contract';
import { canCancel, canRetry } from '@verve/contract';

import { cut, plain, type Paint, type Tint } from './terminal.ts';
import { spanText } from './time-text.ts';

const statusTints = {
  pending: 'yellow',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  canceled: 'dim',
} as const satisfies Record<TaskStatus, Tint>;

/** A status in its colour. */
export function paintStatus(paint: Paint, status: TaskStatus): string {
  return paint(statusTints[status], status);
}

/** Where a task stands, in one line: `running · agent`, `failed · AgentFailed`. */
export function stateText(task: Task): string {
  const detail = task.cancelRequestedAt && task.status === 'running' ? 'cancel requested' : undefined;
  const parts = [task.status, task.reason, task.phase, detail, task.waiting];
  return plain(parts.filter((part) => part !== undefined).join(' · '));
}

/** What came of an ended task, for who waited for it. */
export function outcomeLines(task: Task, paint: Paint, now: number): string[] {
  const took = task.startedAt ? ` in ${spanText(task.startedAt, task.finishedAt, now)}` : '';
  const reason = task.reason === undefined ? '' : ` · ${plain(task.reason)}`;
  const lines = [`${paintStatus(paint, task.status)}${reason}${took}`];
  if (task.message !== undefined && !isToldByResult(task)) lines.push(plain(task.message));
  return [...lines, ...resultLines(task)];
}

/** Whether the message of an ended task says no more than the lines of its branch, commit and pull request. */
function isToldByResult({ status, branch }: Task): boolean {
  return status === 'completed' && branch !== undefined;
}

/** Branch, commit, pull request and usage, as far as there are any. */
export function resultLines(task: Task): string[] {
  const lines: string[] = [];
  if (task.branch !== undefined) lines.push(`Branch        ${plain(task.branch)}`);
  if (task.commit !== undefined) lines.push(`Commit        ${plain(task.commit)}`);
  if (task.pullRequestUrl !== undefined) lines.push(`Pull request  ${plain(task.pullRequestUrl)}`);
  const usage = usageText(task.usage ?? {});
  if (usage !== '') lines.push(`Usage         ${usage}`);
  return lines;
}

/** What a task has used up to now: `$0.12 · 81,200 tokens in · 3,100 out`; empty when nothing was told. */
function usageText({ costUsd, inputTokens, outputTokens }: Usage): string {
  const parts = [
    ...(costUsd === undefined ? [] : [`$${costUsd.toFixed(costUsd < 0.1 ? 4 : 2)}`]),
    ...(inputTokens === undefined ? [] : [`${inputTokens.toLocaleString('en')} tokens in`]),
    ...(outputTokens === undefined ? [] : [`${outputTokens.toLocaleString('en')} out`]),
  ];
  return parts.join(' · ');
}

/** One attempt with its phases and how long each took; its message unless the task's own says the same. */
export function attemptLines(
  attempt: Attempt,
  told: { readonly workerName: string | undefined; readonly taskMessage: string | undefined },
  now: number,
): string[] {
  const phases = attempt.phases.map(
    (phase) => `${phase.phase} ${spanText(phase.startedAt, phase.finishedAt, now)}`,
  );
  const parts = [
    attempt.reason === undefined ? attempt.status : `${attempt.status} (${attempt.reason})`,
    spanText(attempt.startedAt, attempt.finishedAt, now),
    ...(phases.length > 0 ? [phases.join(', ')] : []),
    ...(told.workerName === undefined ? [] : [`on ${told.workerName}`]),
  ];
  const first = `  ${attempt.attempt}. ${plain(parts.join(' · '))}`;
  if (attempt.message === undefined || attempt.message === told.taskMessage) return [first];
  return [first, plain(cut(attempt.message, 300)).replaceAll(/^/gm, '     ')];
}

/** What a person may do next; `program` is how the CLI was called. */
export function nextCommands(task: TaskDetail, program: string): string[] {
  const commands = [`${program} task logs ${task.status === 'running' ? '-f ' : ''}${task.id}`];
  if (canCancel(task.status)) commands.push(`${program} task cancel ${task.id}`);
  if (canRetry(task.status)) commands.push(`${program} task retry ${task.id}`);
  if (task.status === 'completed' && task.branch !== undefined) {
    commands.push(`git fetch ${plain(task.repository)} ${plain(task.branch)}`);
    commands.push(`${program} task follow-up ${task.id} "…"`);
  }
  return commands;
}
