import { expect, test } from 'vitest';

import {
  linesOf,
  never,
  outcomeOf,
  places,
  pushed,
  seeThrough,
  startedAt,
  stateOf,
  statesOf,
  textOf,
  untilLine,
  type OpenStage,
} from './stage.ts';

/** Starting, starting again, adopting and observing. */
export function testStart(openStage: OpenStage): void {
  test('runs the phases one after the other, each once, and says where it is', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ checkout: 'echo 1', agent: 'echo 2', publish: 'echo 3' });
    await executor.start(request);

    const states = await seeThrough(executor, request);

    const order = ['running checkout', 'running agent', 'waiting publish', 'running publish', 'ended'];
    const seen = states.map((state) => ('phase' in state ? `${state.kind} ${state.phase}` : state.kind));
    // One that looks sees no state that was over between two looks.
    expect(seen).toEqual(order.filter((name) => seen.includes(name)));
    expect(seen).toContain('waiting publish');
    expect(states.at(-1)).toEqual({
      kind: 'ended',
      outcome: pushed,
    });
    const lines = await linesOf(executor, request);
    expect(lines.map(({ phase, text }) => [phase, text])).toEqual([
      ['checkout', '1'],
      ['agent', '2'],
      ['publish', '3'],
    ]);
  });

  test('what the agent has used so far is told while it runs, and nonsense is not', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gates = [stage.gate(), stage.gate()] as const;
    const tell = (usage: string): string => `echo '${usage}' > "$VERVE_OUT/usage.json"`;
    const nonsense = [tell('{"costUsd":"much"}'), 'echo "nonsense told"'];
    const agent = [tell('{"costUsd":0.5}'), gates[0].wait, ...nonsense, gates[1].wait].join('\n');
    const request = stage.request({ agent });
    await executor.start(request);
    const isNonsenseTold = untilLine(executor, request, 'nonsense told').then(async () => gates[1].open());

    const seen: unknown[] = [];
    for await (const state of executor.observe(request.spec, never)) {
      if (state.kind === 'running' && state.phase === 'agent') seen.push(state.usage);
      if (seen.at(-1) !== undefined) await gates[0].open();
      if (state.kind === 'waiting') await executor.stop(request.spec);
    }
    await isNonsenseTold;

    expect(seen.filter((usage) => usage !== undefined)).toEqual([{ costUsd: 0.5 }]);
  });

  test('a run that waits to publish, and one that is stopped in it, have used what the agent used', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const used = { costUsd: 0.5, inputTokens: 7 };
    const gate = stage.gate();
    const agent = `echo '${JSON.stringify(used)}' > "$VERVE_OUT/usage.json"`;
    const request = stage.request({ agent, publish: `echo begun; ${gate.wait}` });
    await executor.start(request);
    for await (const state of executor.observe(request.spec, never)) {
      if (state.kind !== 'waiting') continue;
      expect(state).toEqual({ kind: 'waiting', phase: 'publish', usage: used });
      await executor.permit(request.spec, 60_000);
      break;
    }
    await untilLine(executor, request, 'begun');

    await executor.stop(request.spec);

    expect(await stateOf(executor, request.spec)).toEqual({ kind: 'ended', outcome: undefined, usage: used });
  });

  test('a phase that fails is the last one, and its own outcome is the end', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const told = { status: 'failed', reason: 'CheckoutFailed', message: 'no such branch' };
    const request = stage.request({
      checkout: `echo '${JSON.stringify(told)}' > "$VERVE_OUT/outcome.json"; exit 1`,
      agent: 'echo never',
    });
    await executor.start(request);

    expect(await outcomeOf(executor, request)).toEqual(told);
    expect(await textOf(executor, request)).toEqual([]);
  });

  test.each([
    ['checkout', 'CheckoutFailed'],
    ['agent', 'AgentFailed'],
    ['publish', 'PublishFailed'],
  ])('a crash of %s ends the run with a reason of that phase', async (phase, reason) => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ [phase]: 'exit 7' });
    await executor.start(request);

    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'failed', reason });
  });

  test('an agent that changed nothing ends the run well, without publish', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const told = { status: 'completed', reason: 'NoChanges' };
    const request = stage.request({
      agent: `echo '${JSON.stringify(told)}' > "$VERVE_OUT/outcome.json"`,
      publish: 'echo never',
    });
    await executor.start(request);
    await executor.permit(request.spec, 60_000);

    expect(await outcomeOf(executor, request)).toEqual(told);
    expect(await textOf(executor, request)).toEqual([]);
  });

  test('starting twice at once, and again while it runs and after its end, makes one run', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: 'echo once' });
    await Promise.all([executor.start(request), executor.start(request)]);
    await untilLine(executor, request, 'once');
    await executor.start(request);
    const outcome = await outcomeOf(executor, request);

    await executor.start(request);

    expect(await seeThrough(executor, request)).toEqual([{ kind: 'ended', outcome }]);
    expect(await textOf(executor, request)).toEqual(['once']);
    expect(await executor.list()).toHaveLength(1);
  });

  test.each(places)('another executor adopts a run at %s and sees it to its end', async (place) => {
    await using stage = await openStage();
    const gate = stage.gate();
    const first = stage.open();
    const request = await startedAt(stage, first, { place, doing: gate.wait });
    await first[Symbol.asyncDispose]();

    await using second = stage.open();
    const listed = await second.list();
    await second.start(request);
    await gate.open();

    expect(listed).toEqual([{ taskId: request.spec.taskId, attempt: request.spec.attempt }]);
    expect(await outcomeOf(second, request)).toEqual(pushed);
    expect(await textOf(second, request)).toEqual(['at checkout', 'at agent', 'at publish']);
  });

  test('runs of two attempts of one task are two runs', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const first = stage.request({ agent: 'echo first; exit 1' });
    const second = { ...stage.request({ agent: 'echo second; exit 1' }) };
    const again = { ...second, spec: { ...second.spec, taskId: first.spec.taskId, attempt: 2 } };
    await Promise.all([executor.start(first), executor.start(again)]);

    await Promise.all([outcomeOf(executor, first), outcomeOf(executor, again)]);

    expect(await textOf(executor, first)).toEqual(['first']);
    expect(await textOf(executor, again)).toEqual(['second']);
  });

  test('a run that was never started is absent', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({});

    expect(await statesOf(executor, request)).toEqual([{ kind: 'absent' }]);
    expect(await executor.list()).toEqual([]);
  });

  test('several observe a run and see the same end; one that comes late sees that alone', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: 'exit 1' });
    await executor.start(request);

    const [one, two] = await Promise.all([seeThrough(executor, request), seeThrough(executor, request)]);

    expect(one.at(-1)).toMatchObject({ kind: 'ended', outcome: { reason: 'AgentFailed' } });
    expect(two.at(-1)).toEqual(one.at(-1));
    expect(await seeThrough(executor, request)).toEqual([one.at(-1)]);
  });

  test('observing ends with its signal, and the run goes on', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'agent', doing: gate.wait });
    const stop = new AbortController();

    for await (const _state of executor.observe(request.spec, stop.signal)) stop.abort();

    expect(await stateOf(executor, request.spec)).toEqual({ kind: 'running', phase: 'agent' });
    await gate.open();
    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'completed' });
  });
}
