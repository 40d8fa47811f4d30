import { phases, type Phase } from '@verve/contract';
import { describe, expect, test } from 'vitest';

import {
  outcomeOf,
  places,
  pushed,
  seeThrough,
  startedAt,
  stateOf,
  textOf,
  type OpenStage,
} from './stage.ts';

/** Ignores every polite signal, and so do its children, one of them in a session of its own. */
const stubborn = `trap '' INT TERM HUP
for n in 1 2; do (trap '' INT TERM; sleep 1000; sleep 1000) & done
setsid sh -c "trap '' INT TERM; sleep 1000" &
while :; do sleep 1; done`;

const stopped = { kind: 'ended', outcome: undefined };

function saidUntil(phase: Phase): readonly string[] {
  return phases.slice(0, phases.indexOf(phase) + 1).map((name) => `at ${name}`);
}

/** Stopping a run, and a run that ends from outside. */
export function testStop(openStage: OpenStage): void {
  test('stopping a run that was never started does nothing', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const { spec } = stage.request({});

    await executor.stop(spec);

    expect(await stateOf(executor, spec)).toEqual({ kind: 'absent' });
    expect(await executor.list()).toEqual([]);
  });

  describe.each(places.filter((place) => place !== 'ended'))('at %s', (place) => {
    test('stop ends all of the run, however stubborn, and no later phase begins', async () => {
      await using stage = await openStage();
      await using executor = stage.open();
      const request = await startedAt(stage, executor, { place, doing: stubborn });

      await Promise.all([executor.stop(request.spec), executor.stop(request.spec)]);

      expect(await stage.alive(request.spec)).toEqual([]);
      expect(await stateOf(executor, request.spec)).toEqual(stopped);
      await executor.start(request);
      await executor.permit(request.spec, 60_000);
      expect(await seeThrough(executor, request)).toEqual([stopped]);
      expect(await textOf(executor, request)).toEqual(saidUntil(place === 'waiting' ? 'agent' : place));
    });

    test('an executor that did not start the run stops it all the same', async () => {
      await using stage = await openStage();
      const first = stage.open();
      const request = await startedAt(stage, first, { place, doing: stubborn });
      await first[Symbol.asyncDispose]();

      await using second = stage.open();
      await second.stop(request.spec);

      expect(await stage.alive(request.spec)).toEqual([]);
      expect(await stateOf(second, request.spec)).toEqual(stopped);
    });
  });

  test('stopping a run that has ended changes nothing', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = await startedAt(stage, executor, { place: 'ended', doing: '' });

    await executor.stop(request.spec);

    expect(await outcomeOf(executor, request)).toEqual(pushed);
    expect(await textOf(executor, request)).toEqual(['at checkout', 'at agent', 'at publish']);
  });

  test('a run is asked to end before it is killed, and what it says then is in the log', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const doing = "trap 'echo asked; exit 1' INT TERM; while :; do sleep 0.05; done";
    const request = await startedAt(stage, executor, { place: 'agent', doing });

    await executor.stop(request.spec);

    expect(await textOf(executor, request)).toContain('asked');
  });

  test('a phase that ends well when it is asked to end is the last one', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const doing = "trap 'exit 0' INT TERM; while :; do sleep 0.05; done";
    const request = await startedAt(stage, executor, { place: 'checkout', doing });

    await executor.stop(request.spec);

    expect(await textOf(executor, request)).toEqual(['at checkout']);
    expect(await stateOf(executor, request.spec)).toMatchObject({ kind: 'ended' });
  });

  test('a stop that crosses the start is whole when it is repeated after the start', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ checkout: stubborn });
    await Promise.all([executor.start(request), executor.stop(request.spec)]);

    await executor.stop(request.spec);

    expect(await stateOf(executor, request.spec)).toEqual(stopped);
    expect(await stage.alive(request.spec)).toEqual([]);
  });

  test('what a phase leaves running is ended with it', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: 'sleep 1000 & setsid sleep 1000 & exit 1' });
    await executor.start(request);

    expect(await outcomeOf(executor, request)).toMatchObject({ reason: 'AgentFailed' });

    expect(await stage.alive(request.spec)).toEqual([]);
  });

  test.each(['checkout', 'agent', 'publish'] as const)(
    'a run that vanishes at %s has ended without outcome and is not begun again',
    async (place) => {
      await using stage = await openStage();
      await using executor = stage.open();
      const request = await startedAt(stage, executor, { place, doing: 'sleep 1000' });

      await stage.kill(request.spec);

      expect(await seeThrough(executor, request)).toContainEqual(stopped);
      await executor.start(request);
      expect(await seeThrough(executor, request)).toEqual([stopped]);
      expect(await textOf(executor, request)).toEqual(saidUntil(place));
    },
  );
}
