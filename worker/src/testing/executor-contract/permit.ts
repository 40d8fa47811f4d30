import { expect, test, vi } from 'vitest';

import type { Executor, RunRequest } from '../../executor.ts';
import {
  outcomeOf,
  pushed,
  startedAt,
  stateOf,
  statesOf,
  textOf,
  untilWaiting,
  type ExecutorStage,
  type OpenStage,
} from './stage.ts';

const patience = { timeout: 60_000, interval: 50 };
const endless = "trap '' INT TERM; sleep 1000 & sleep 1000";

/** Begins publish with a permit that is soon over: each time one was too short for this machine, one twice as long. */
async function beginPublish(stage: ExecutorStage, executor: Executor, request: RunRequest): Promise<void> {
  for (let forMs = 1_000; ; forMs *= 2) {
    await untilWaiting(executor, request);
    await executor.permit(request.spec, forMs);
    const found = await vi.waitUntil(async () => {
      const { kind } = await stateOf(executor, request.spec);
      const isOnItsWay = kind === 'running' && (await stage.alive(request.spec)).length === 0;
      return isOnItsWay ? undefined : kind;
    }, patience);
    if (found !== 'waiting') return;
  }
}

/** Leave to publish. */
export function testPermit(openStage: OpenStage): void {
  test('a permit that came before the run waits lets it publish', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'agent', doing: gate.wait });
    await executor.permit(request.spec, 60_000);
    await gate.open();

    const last = (await statesOf(executor, request)).at(-1);

    expect(last).toEqual({ kind: 'ended', outcome: pushed });
  });

  test('a permit while the run waits lets it publish', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = await startedAt(stage, executor, { place: 'waiting', doing: '' });

    await executor.permit(request.spec, 60_000);

    expect((await statesOf(executor, request)).at(-1)).toEqual({
      kind: 'ended',
      outcome: pushed,
    });
  });

  test('publish is told for how many seconds it may go on', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ publish: 'echo "$VERVE_PUBLISH_SECONDS s"' });
    await executor.start(request);
    await executor.permit(request.spec, 3_600_000);

    const told = (await textOf(executor, request)).map((line) => Number(/^([\d.]+) s$/.exec(line)?.[1]));

    expect(told.filter((seconds) => seconds > 0 && seconds <= 3_600)).toHaveLength(1);
  });

  test('a permit whose time is over never publishes', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'agent', doing: gate.wait });
    await executor.permit(request.spec, 0);
    await gate.open();
    await untilWaiting(executor, request);
    await executor.permit(request.spec, 0);

    const state = await stateOf(executor, request.spec);
    await executor.stop(request.spec);

    expect(state).toEqual({ kind: 'waiting', phase: 'publish' });
    expect(await textOf(executor, request)).toEqual(['at checkout', 'at agent']);
  });

  test('a run whose permit ended before publish began says again that it waits', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = await startedAt(stage, executor, { place: 'waiting', doing: '' });
    const seen: string[] = [];

    for await (const state of executor.observe(request.spec, AbortSignal.timeout(60_000))) {
      seen.push(state.kind);
      if (state.kind === 'waiting') await executor.permit(request.spec, seen.length < 3 ? 0 : 60_000);
    }

    expect(seen.slice(0, 3)).toEqual(['waiting', 'waiting', 'waiting']);
    expect(seen.at(-1)).toBe('ended');
  });

  test('the later time counts, whichever was given first', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'publish', doing: gate.wait });

    await executor.permit(request.spec, 0);
    await gate.open();

    expect(await outcomeOf(executor, request)).toEqual(pushed);
  });

  test('publish is ended with all its processes when its time is over', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ publish: endless });
    await executor.start(request);
    await beginPublish(stage, executor, request);

    const last = (await statesOf(executor, request)).at(-1);

    expect(last).toMatchObject({ kind: 'ended', outcome: { status: 'failed', reason: 'PublishFailed' } });
    expect(await stage.alive(request.spec)).toEqual([]);
  });

  test('publish is ended when its time is over, though no worker is there', async () => {
    await using stage = await openStage();
    const request = stage.request({ publish: endless });
    {
      await using first = stage.open();
      await first.start(request);
      await beginPublish(stage, first, request);
    }

    await vi.waitFor(async () => expect(await stage.alive(request.spec)).toEqual([]), patience);

    await using second = stage.open();
    expect((await statesOf(second, request)).at(-1)).toMatchObject({
      kind: 'ended',
      outcome: { status: 'failed', reason: 'PublishFailed' },
    });
  });

  test('a permit for a run that has ended, or that there is not, does nothing', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: 'exit 1' });
    await executor.start(request);
    const outcome = await outcomeOf(executor, request);

    await executor.permit(request.spec, 60_000);
    await executor.permit(stage.request({}).spec, 60_000);

    expect(await stateOf(executor, request.spec)).toEqual({ kind: 'ended', outcome });
    expect(await executor.list()).toHaveLength(1);
  });
}
