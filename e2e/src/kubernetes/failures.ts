import { setTimeout } from 'node:timers/promises';

import type { Task } from '@verve/contract';
import { expect } from 'vitest';

import { keepRow, type FailureWhat } from './failure-table.ts';
import { sameEverywhere, testimonyOf, type AttemptOf } from './witnesses.ts';
import type { ClusterWorld, Repository } from './world.ts';

/** A failure that is made on purpose, and what has to come of it. */
export interface Failure {
  readonly what: FailureWhat;
  /** How it was made, for the table. */
  readonly how: string;
  readonly reason: string;
  /** In the message: Kubernetes' words, and what to do. */
  readonly message: readonly [quoted: RegExp, remedy: RegExp];
}

/** Expects an attempt to have ended as a failure says, the same to everybody, and to have left nothing. */
export async function expectFailure(here: ClusterWorld, ref: AttemptOf, failure: Failure): Promise<void> {
  const told = await testimonyOf(here, ref);

  const { message = '' } = told.api;
  const [quoted, remedy] = failure.message;
  expect(told).toEqual(sameEverywhere({ reason: failure.reason, message }));
  expect(message).toMatch(quoted);
  expect(message).toMatch(remedy);
  keepRow({ ...failure, message, seconds: await secondsOf(here, ref) });
}

/** From the claim of an attempt to its end. */
export async function secondsOf({ client }: ClusterWorld, { taskId, attempt }: AttemptOf): Promise<number> {
  const { attempts } = await client.ask('getTask', { params: { id: taskId } });
  const { startedAt = '', finishedAt = '' } = attempts.find((one) => one.attempt === attempt) ?? {};
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
}

/** A task on its way. */
export interface Given {
  readonly taskId: string;
  /** All that the API says meanwhile of why nothing moves; resolves once the task has ended. */
  readonly waits: Promise<readonly string[]>;
}

/** Gives a task and looks at it until it has ended. */
export async function giveWatched(
  here: ClusterWorld,
  repository: Repository,
  { script = 'true', ...more }: Partial<Task> & { readonly script?: string },
): Promise<Given> {
  const { id: taskId } = await here.give(repository, script, more);
  return { taskId, waits: waitsOf(here, taskId) };
}

async function waitsOf({ client }: ClusterWorld, id: string): Promise<readonly string[]> {
  const said = new Set<string>();
  for (;;) {
    const task = await client.ask('getTask', { params: { id } }).catch(() => undefined);
    // The server goes with the world of a test that has failed.
    if (!task || (task.status !== 'running' && task.status !== 'pending')) return [...said];
    const { waiting } = task;
    if (waiting !== undefined) said.add(waiting);
    await nextLook();
  }
}

/** Between two looks at what nobody tells of by itself. */
export async function nextLook(): Promise<void> {
  await setTimeout(250);
}

/** Does something the first time it is asked for, and gives the same to all who ask. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => (made ??= make());
}
