import type { LogLevel, Task } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { git } from '../programs.ts';
import { databases, type DatabaseName } from './database-content.ts';
import { findLeaks } from './leak-search.ts';
import { startLeakWorld, type LeakWorld } from './leak-world.ts';
import type { Telling } from './retellings.ts';

// What is told of a run is what its worker lets through: nothing of it is anywhere else. Each test finds with the same
// search what does arrive, told in the same ways, so that a search which finds nothing has looked.

const testMs = 240_000;
const forms = ['plain', 'base64', 'hex', 'URL', 'JSON'];
/** Where the lines of a log stand, and where the message of an end does. */
const linePlaces = ['table chunks', 'getTask', 'readLogs, JSON', 'readLogs, text', 'readLogs, stream'];
const messagePlaces = [
  'table tasks',
  'table attempts',
  'getTask',
  'listTasks',
  'streamEvents',
  'logs of the workers',
];

/** What is told how. Where it is kept does not depend on the way, so on one database all of them are enough. */
const endings: Readonly<Record<DatabaseName, Readonly<Record<LogLevel, readonly Telling[]>>>> = {
  SQLite: {
    full: ['does the work', 'gives up', 'breaks'],
    events: ['does the work', 'gives up'],
    states: ['does the work', 'breaks'],
  },
  Postgres: { full: ['gives up'], events: ['gives up'], states: ['does the work'] },
};

describe.each(['SQLite', 'Postgres'] as const)('on %s', (database) => {
  const stack = new AsyncDisposableStack();
  const filePlaces = database === 'SQLite' ? ['files'] : [];
  let world: LeakWorld;

  beforeAll(async () => {
    world = await startLeakWorld(await databases[database](stack), stack);
  });

  afterAll(async () => stack.disposeAsync());

  test(
    'at "full" words and source arrive everywhere, and secrets nowhere',
    async () => {
      const { innocent, secrets } = world;
      const tasks = await performAll(world, 'full', endings[database].full);

      const places = await world.look(tasks);
      const { words, source, ...leaks } = findLeaks(places, { ...innocent.full, ...secrets });
      expect(leaks).toEqual({});
      expect(words).toEqual(everyFormIn([...linePlaces, ...messagePlaces, ...filePlaces]));
      expect(source).toEqual([...linePlaces, ...filePlaces].map((place) => `plain in ${place}`).toSorted());
      for (const { id } of tasks) expect(places['logs of the workers']).toContain(id);
      expect(places['log of the server']).toContain('server started');
    },
    testMs,
  );

  test(
    'at "events" words arrive everywhere, and neither secrets nor source anywhere',
    async () => {
      const { innocent, secrets } = world;
      const tasks = await performAll(world, 'events', endings[database].events);

      const { words, ...leaks } = findLeaks(await world.look(tasks), { ...innocent.events, ...secrets });
      expect(leaks).toEqual({});
      expect(words).toEqual(everyFormIn([...linePlaces, ...messagePlaces, ...filePlaces]));
    },
    testMs,
  );

  test(
    'at "states" nothing arrives, not even words',
    async () => {
      const { innocent, secrets, repository } = world;
      const tasks = await performAll(world, 'states', endings[database].states);

      const leaks = findLeaks(await world.look(tasks), { ...innocent.states, ...secrets });
      const message = await git(repository, 'log', '-1', '--format=%B', String(tasks[0]?.branch));
      expect(leaks).toEqual({});
      expect(message).toContain(innocent.states.words);
    },
    testMs,
  );
});

const reasons = {
  'does the work': 'BranchPushed',
  'gives up': 'AgentFailed',
  breaks: 'AgentFailed',
} as const satisfies Record<Telling, string>;

/** A task for each way of telling, which ends as it should. */
async function performAll(world: LeakWorld, level: LogLevel, tellings: readonly Telling[]): Promise<Task[]> {
  const tasks = await Promise.all(tellings.map(async (telling) => world.perform(level, telling)));
  expect(tasks.map(({ reason }) => reason)).toEqual(tellings.map((telling) => reasons[telling]));
  return tasks;
}

function everyFormIn(places: readonly string[]): string[] {
  const finds = new Set(places.flatMap((place) => forms.map((form) => `${form} in ${place}`)));
  return [...finds].toSorted();
}
