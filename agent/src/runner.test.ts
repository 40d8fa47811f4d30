import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Driver } from './driver.ts';
import { PhaseFailed } from './outcome.ts';
import { isRunning } from './testing/process-look.ts';
import { createProgramFolder } from './testing/program.ts';

const speaking = `
echo '{"kind":"text","text":"I look around."}' >> "$VERVE_EVENTS_FILE"
echo 'the source, line by line'
echo '{"kind":"tool","name":"cat secret.ts","exitCode":0,"bytes":24,"output":"the source"}' >> "$VERVE_EVENTS_FILE"
echo '{"kind":"final","summary":"Done.","usage":{"inputTokens":7}}' >> "$VERVE_EVENTS_FILE"
`;

test.each([
  [
    'full',
    ['I look around.', 'tool cat secret.ts, exit code 0, 24 bytes', 'the source', 'the source, line by line'],
  ],
  ['events', ['I look around.', 'tool cat secret.ts, exit code 0, 24 bytes']],
  ['states', []],
] as const)('at the level %s the log tells of an events file so much', async (logLevel, expected) => {
  using folder = createProgramFolder();

  const { printed } = await folder.run(speaking, { logLevel });

  expect(printed.split('\n').filter(Boolean).toSorted()).toEqual([...expected].toSorted());
});

test.each([
  ['full', 'plain words\n'],
  ['events', 'plain words\n'],
  ['states', ''],
] as const)(
  'at the level %s the output of a program without events is told as words',
  async (logLevel, said) => {
    using folder = createProgramFolder();

    expect((await folder.run('echo plain words', { logLevel })).printed).toBe(said);
  },
);

test('output after the first event is no words, however soon it comes', async () => {
  using folder = createProgramFolder();
  const script = `echo '{"kind":"text","text":"begin"}' >> "$VERVE_EVENTS_FILE"; seq 1 20000; echo secret >&2`;

  const { printed } = await folder.run(script, { logLevel: 'events' });

  expect(printed).toBe('begin\n');
});

test('events are kept whole, whatever the log tells', async () => {
  using folder = createProgramFolder();

  const { kept, events } = await folder.run(speaking, { logLevel: 'states' });

  expect(kept).toMatchObject([
    { event: { kind: 'text' } },
    { event: { kind: 'tool', output: 'the source' } },
    { event: { kind: 'final', summary: 'Done.' } },
  ]);
  expect(events.map(({ kind }) => kind)).toEqual(['text', 'tool', 'final']);
});

test('a line of the events file that is no event is a warning', async () => {
  using folder = createProgramFolder();
  const lines = ['no JSON', '{"kind":"dance"}', '{"kind":"text","text":"still here"}'];
  const script = lines.map((line) => `echo '${line}' >> "$VERVE_EVENTS_FILE"`).join('\n');

  const { exit, printed } = await folder.run(script);

  expect(exit).toEqual({ kind: 'exited', code: 0 });
  expect(printed).toContain('line 1 of the events file is no event: no JSON\n');
  expect(printed).toContain('line 2 of the events file is no event');
  expect(printed).toContain('still here\n');
});

test('an events file that grows without end is read and kept up to a bound', async () => {
  using folder = createProgramFolder();
  const script = `yes '{"kind":"text","text":"and on"}' | head -n 10000 > "$VERVE_EVENTS_FILE"`;

  const { kept, printed } = await folder.run(script, { eventBytes: 10_000 });

  expect(printed).toContain('the rest is left out');
  expect(JSON.stringify(kept).length).toBeLessThan(12_000);
});

test('an events file that the program replaces is not followed elsewhere', async () => {
  using folder = createProgramFolder();
  const script = `rm "$VERVE_EVENTS_FILE"; mkfifo "$VERVE_EVENTS_FILE"; echo done`;

  expect(await folder.run(script)).toMatchObject({ exit: { kind: 'exited', code: 0 }, printed: 'done\n' });
});

test('a program that is silent for too long is stopped with all that it started', async () => {
  using folder = createProgramFolder();
  const script = `trap '' INT TERM; echo begin; (trap '' INT TERM; sleep 60) & sleep 60`;

  const { stop, exit, printed } = await folder.run(script, { stallSeconds: 1 });

  expect(stop).toBe('stalled');
  expect(exit).toEqual({ kind: 'signaled', signal: 'SIGKILL' });
  expect(printed).toBe('begin\n');
});

test('one that ends by SIGINT is not stopped any harder', async () => {
  using folder = createProgramFolder();
  const script = `trap 'echo good bye; exit 0' INT; while :; do sleep 0.1; done`;

  expect(await folder.run(script, { stallSeconds: 1, stopGraceMs: 3_600_000 })).toMatchObject({
    stop: 'stalled',
    exit: { kind: 'exited', code: 0 },
    printed: 'good bye\n',
  });
});

test('the signal stops it, even where nobody has told the program', async () => {
  using folder = createProgramFolder();
  const stop = new AbortController();

  const ran = folder.run('echo ready; sleep 3600', { signal: stop.signal, onPrint: () => stop.abort() });

  expect(await ran).toMatchObject({ stop: 'told', exit: { kind: 'signaled' } });
});

test('a program that got SIGINT with the runner gets no second one', async () => {
  using folder = createProgramFolder();
  const stop = new AbortController();
  const script = `trap 'echo interrupted' INT; echo "pid $$"; while :; do sleep 0.05; done`;
  const onPrint = (text: string): void => {
    const [, pid] = /^pid (\d+)/.exec(text) ?? [];
    if (pid !== undefined) process.kill(Number(pid), 'SIGINT');
    else stop.abort();
  };

  const { stop: why, printed } = await folder.run(script, { signal: stop.signal, onPrint });

  expect(why).toBe('told');
  expect(printed.replace(/pid \d+\n/, '')).toBe('interrupted\n');
});

const endless = `echo '{"kind":"usage","usage":{"costUsd":0.5}}' >> "$VERVE_EVENTS_FILE"; echo begun; sleep 3600`;

function full(): never {
  throw new PhaseFailed('OutOfDisk', 'no room');
}

test('a program whose events cannot be kept is stopped, and what it used is known', async () => {
  using folder = createProgramFolder();

  const { failure, events, exit } = await folder.run(endless, { onEvent: full });

  expect(failure).toMatchObject({ reason: 'OutOfDisk', message: 'no room' });
  expect(events).toMatchObject([{ kind: 'usage' }]);
  expect(exit.kind).toBe('signaled');
});

test('a program whose words cannot be printed is stopped', async () => {
  using folder = createProgramFolder();

  const { failure } = await folder.run('echo begun; sleep 3600', { onPrint: full });

  expect(failure).toMatchObject({ reason: 'OutOfDisk' });
});

test('so is one whose last words cannot be, and one of which a warning cannot be', async () => {
  using folder = createProgramFolder();
  const noEvent = `echo 'no JSON' >> "$VERVE_EVENTS_FILE"`;

  const [last, warned] = await Promise.all([
    folder.run('printf bye', { onPrint: full }),
    folder.run(`${noEvent}; sleep 3600`, { onPrint: full }),
  ]);

  expect(last).toMatchObject({ exit: { kind: 'exited', code: 0 }, failure: { reason: 'OutOfDisk' } });
  expect(warned).toMatchObject({ exit: { kind: 'signaled' }, failure: { reason: 'OutOfDisk' } });
});

test('a driver that cannot read a line fails the run and says so', async () => {
  using folder = createProgramFolder();
  const driver: Driver = {
    prepare: () => ({ argv: ['true'], environment: {} }),
    parse: () => {
      throw new Error('no such event');
    },
    classify: () => ({}),
  };

  const { failure } = await folder.run('echo begun; sleep 3600', { driver });

  expect(failure).toMatchObject({
    reason: 'AgentFailed',
    message: 'what the agent says cannot be taken in: no such event',
  });
});

const loop = 'echo $$ > $f; while :; do sleep 0.05; done';

test.each([
  ['in the background', 'sh -c "$loop" &'],
  ['in a session of its own', 'setsid sh -c "$loop" > /dev/null 2>&1 &'],
  ['as an orphan', '(setsid sh -c "$loop" > /dev/null 2>&1 & ) & wait'],
])('nothing that it left %s goes on after its end', async (_, leave) => {
  using folder = createProgramFolder();
  const file = join(folder.path, 'left');

  await folder.run(`export f=${file}; loop='${loop}'; ${leave}\nwhile ! test -s $f; do sleep 0.05; done`);

  const pid = Number(readFileSync(file, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  expect(isRunning(pid)).toBe(false);
});

test('a driver with events of its own has its raw lines told at the level full alone', async () => {
  using folder = createProgramFolder();
  const driver: Driver = {
    prepare: () => ({ argv: ['true'], environment: {} }),
    parse: (line) => (line.startsWith('say ') ? [{ kind: 'text', text: line.slice(4) }] : undefined),
    classify: () => ({}),
  };

  const [full, events] = await Promise.all(
    (['full', 'events'] as const).map((logLevel) =>
      folder.run('echo say hi; echo raw', { driver, logLevel }),
    ),
  );

  expect([full?.printed, events?.printed]).toEqual(['hi\nraw\n', 'hi\n']);
});

test('however slowly words are taken in, those of a program that has ended are not cut off', async () => {
  using folder = createProgramFolder();
  let events = 0;

  const { printed } = await folder.run('seq 1 20000', {
    drainMs: 20,
    onEvent: async () => {
      events += 1;
      if (events % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  });

  expect(printed.trim().split('\n')).toHaveLength(20_000);
});

test('a process that got away does not keep the run from ending, also when it prints on and on', async () => {
  using folder = createProgramFolder();
  const escaped = 'env -i setsid sh -c "for i in 1 2 3 4 5 6 7 8 9; do echo on; sleep 0.1; done; sleep 20"';

  const { exit, printed } = await folder.run(`${escaped} & echo first`, { drainMs: 20 });

  expect(exit).toEqual({ kind: 'exited', code: 0 });
  expect(printed).toContain('first');
});

test('a program that has used what it may is stopped, and what it used is told', async () => {
  using folder = createProgramFolder();
  const usage = '{"kind":"usage","usage":{"inputTokens":90,"outputTokens":20}}';
  const script = `echo '${usage}' >> "$VERVE_EVENTS_FILE"; sleep 3600`;

  const { stop, overspent, usage: used } = await folder.run(script, { agent: { maxTokens: 100 } });

  expect(stop).toBe('overspent');
  expect(overspent).toBe('the agent "agent" was stopped: it has used 110 tokens, and maxTokens allows 100');
  expect(used).toEqual({ inputTokens: 90, outputTokens: 20 });
});

test('tokens count as the money that they cost', async () => {
  using folder = createProgramFolder();
  const usage = '{"kind":"usage","usage":{"inputTokens":500000}}';
  const script = `echo '${usage}' >> "$VERVE_EVENTS_FILE"; sleep 3600`;
  const agent = { maxCostUsd: 1, price: { inputUsd: 2, outputUsd: 8 } };

  const { overspent } = await folder.run(script, { agent });

  expect(overspent).toBe('the agent "agent" was stopped: it has used $1.0000, and maxCostUsd allows $1');
});

test('what a run has used stands in its folder while it goes on', async () => {
  using folder = createProgramFolder();
  const usage = '{"kind":"usage","usage":{"costUsd":0.25}}';
  const script = `echo '${usage}' >> "$VERVE_EVENTS_FILE"; while ! grep -q 0.25 ../out-*/usage.json; do sleep 0.05; done`;

  expect(await folder.run(script)).toMatchObject({ exit: { kind: 'exited', code: 0 } });
});

test('the last lines that were no events are kept, so that a crash can be told', async () => {
  using folder = createProgramFolder();
  const driver: Driver = {
    prepare: () => ({ argv: ['true'], environment: {} }),
    parse: (line) => (line.startsWith('{') ? [] : undefined),
    classify: () => ({}),
  };

  const { lastLines, printed } = await folder.run(`echo '{"a":1}'; seq 1 30`, { driver });

  expect(lastLines).toEqual(Array.from({ length: 20 }, (_, n) => String(n + 11)));
  expect(printed).not.toContain('{');
});

test('an event of ten megabytes is one event, and the log tells its beginning', async () => {
  using folder = createProgramFolder();
  const driver: Driver = {
    prepare: () => ({ argv: ['true'], environment: {} }),
    parse: (line) => [{ kind: 'text', text: line }],
    classify: () => ({}),
  };

  const { events, printed } = await folder.run(`head -c 10000000 /dev/zero | tr '\\0' x; echo`, { driver });

  expect(events.map((event) => event.kind === 'text' && event.text.length)).toEqual([10_000_000]);
  expect(printed).toMatch(/x … \[cut by Verve: 10000000 bytes\]\n$/);
});
