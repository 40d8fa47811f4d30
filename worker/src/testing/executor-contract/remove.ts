import { expect, test } from 'vitest';

import { linesOf, outcomeOf, startedAt, stateOf, textOf, type OpenStage } from './stage.ts';

/** Listing and removing. */
export function testRemove(openStage: OpenStage): void {
  test('lists every run in any state until it is removed', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const running = await startedAt(stage, executor, { place: 'agent', doing: 'sleep 1000' });
    const ended = await startedAt(stage, executor, { place: 'ended', doing: '' });
    const refOf = ({ spec }: typeof running): object => ({ taskId: spec.taskId, attempt: spec.attempt });

    const both = await executor.list();
    await executor.remove(ended.spec);

    expect(both).toHaveLength(2);
    expect(both).toEqual(expect.arrayContaining([refOf(running), refOf(ended)]));
    expect(await executor.list()).toEqual([refOf(running)]);
    await executor.stop(running.spec);
  });

  test('a removed run is absent, with its log; removing it again does nothing', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const then = 'mkdir cache && touch cache/x && chmod 555 cache; exit 1';
    const request = stage.request({ agent: `echo words; ${then}` });
    await executor.start(request);
    await outcomeOf(executor, request);

    await executor.remove(request.spec);
    await executor.remove(request.spec);

    expect(await stateOf(executor, request.spec)).toEqual({ kind: 'absent' });
    expect(await linesOf(executor, request)).toEqual([]);
    expect(await executor.list()).toEqual([]);
  });

  test('a run that has not ended is not removed, and goes on', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'agent', doing: gate.wait });

    await expect(executor.remove(request.spec)).rejects.toThrow(/not ended/);

    await gate.open();
    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'completed' });
  });

  test('a stopped run can be removed, and what is started after that is new', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = await startedAt(stage, executor, { place: 'waiting', doing: '' });
    await executor.permit(request.spec, 0);
    await executor.stop(request.spec);
    await executor.remove(request.spec);

    await executor.start(request);

    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'completed' });
    expect(await textOf(executor, request)).toEqual(['at checkout', 'at agent', 'at publish']);
  });
}
