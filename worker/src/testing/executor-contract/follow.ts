import { limits } from '@verve/contract';
import { retryLine } from '@verve/contract/retry-line';
import { expect, test } from 'vitest';

import { linesOf, never, outcomeOf, startedAt, stateOf, textOf, untilLine, type OpenStage } from './stage.ts';

/** Following a log. */
export function testFollow(openStage: OpenStage): void {
  test('a log has every line in order, with its stream and its time', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({
      agent: 'seq 1 2000; echo wrong >&2; sleep 0.1; printf "no break"; exit 1',
    });
    const beforeMs = Date.now();
    await executor.start(request);

    const lines = await linesOf(executor, request);

    const numbers = Array.from({ length: 2_000 }, (_, n) => `${n + 1}`);
    const words = lines.filter((line) => line.stream === 'o').map((line) => line.text);
    expect(words).toEqual([...numbers, 'no break']);
    expect(lines.filter((line) => line.stream === 'e').map((line) => line.text)).toEqual(['wrong']);
    expect(lines.every((line) => line.atMs >= beforeMs && line.atMs <= Date.now())).toBe(true);
    expect(lines.map((line) => line.atMs)).toEqual(lines.map((line) => line.atMs).toSorted((a, b) => a - b));
  });

  test('a line comes while the run goes on', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = stage.request({ agent: `echo here; ${gate.wait}; echo there; exit 1` });
    await executor.start(request);

    await untilLine(executor, request, 'here');
    await gate.open();

    expect(await textOf(executor, request)).toEqual(['here', 'there']);
  });

  test('a run that is followed tells why its checkout tries something again', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const line = retryLine('no way there', 1_000);
    const request = stage.request({ checkout: `echo "${line}"; ${gate.wait}; exit 1` });
    await executor.start(request);

    await untilLine(executor, request, line);
    const state = await stateOf(executor, request.spec);
    await gate.open();

    expect(state).toEqual({ kind: 'running', phase: 'checkout', retrying: 'no way there' });
  });

  test("each line's cursor gives exactly the lines after it, over all phases", async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({
      checkout: 'seq 1 3',
      agent: 'seq 1 9; echo; echo é',
      publish: 'seq 1 3',
    });
    await executor.start(request);
    await outcomeOf(executor, request);
    const lines = await linesOf(executor, request);

    const rests = await Promise.all(lines.map(async (line) => linesOf(executor, request, line.cursor)));

    expect(lines).toHaveLength(17);
    expect(rests).toEqual(lines.map((_, index) => lines.slice(index + 1)));
    expect(lines.every((line) => line.cursor.length <= limits.cursorLength)).toBe(true);
  });

  test('a cursor of a line that came live goes on in another executor', async () => {
    await using stage = await openStage();
    const gate = stage.gate();
    const first = stage.open();
    const request = stage.request({ agent: `echo 1; echo 2; ${gate.wait}; echo 3; echo 4; exit 1` });
    await first.start(request);
    await untilLine(first, request, '2');
    let cursor: string | undefined;
    for await (const lines of first.follow(request.spec, undefined, never)) {
      cursor = lines.find((line) => line.text === '2')?.cursor;
      if (cursor !== undefined) break;
    }
    await first[Symbol.asyncDispose]();

    await using second = stage.open();
    await second.start(request);
    await gate.open();

    expect((await linesOf(second, request, cursor)).map((line) => line.text)).toEqual(['3', '4']);
  });

  test('two follow a run at once, and each has every line', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: 'seq 1 500; exit 1' });
    await executor.start(request);

    const [one, two] = await Promise.all([linesOf(executor, request), linesOf(executor, request)]);

    expect(one).toHaveLength(500);
    expect(two).toEqual(one);
  });

  test('the log of a run that was never started is empty and ends at once', async () => {
    await using stage = await openStage();
    await using executor = stage.open();

    expect(await linesOf(executor, stage.request({}))).toEqual([]);
  });

  test('following ends with its signal, and the run goes on', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const gate = stage.gate();
    const request = await startedAt(stage, executor, { place: 'agent', doing: gate.wait });
    const stop = new AbortController();

    for await (const _lines of executor.follow(request.spec, undefined, stop.signal)) stop.abort();

    await gate.open();
    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'completed' });
  });
}
