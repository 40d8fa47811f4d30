import { expect, test } from 'vitest';

import type { DriverEvent, ProgramEvent } from './driver-event.ts';
import { createEventAssembly } from './event-assembly.ts';

function assemble(events: readonly ProgramEvent[]): readonly DriverEvent[] {
  const assembly = createEventAssembly(undefined);
  return [...events.flatMap((event) => assembly.push(event)), ...assembly.end()];
}

test('a tool is told once it has ended, by the name under which it was called', () => {
  const events = assemble([
    { kind: 'toolStarted', id: '1', name: 'Bash' },
    { kind: 'toolStarted', id: '2', name: 'Read' },
    { kind: 'toolEnded', id: '2', bytes: 7, output: 'content' },
    { kind: 'toolEnded', id: '1', exitCode: 3 },
  ]);

  expect(events).toEqual([
    { kind: 'tool', name: 'Read', bytes: 7, output: 'content' },
    { kind: 'tool', name: 'Bash', exitCode: 3 },
  ]);
});

test('one that never ended is told at the end, and one that was never called by its id', () => {
  const events = assemble([
    { kind: 'toolStarted', id: '1', name: 'Bash' },
    { kind: 'toolEnded', id: 'call_2', failed: true },
  ]);

  expect(events).toEqual([
    { kind: 'tool', name: 'call_2', failed: true },
    { kind: 'tool', name: 'Bash' },
  ]);
});

test('words that come in pieces are one text, which anything else ends', () => {
  const events = assemble([
    { kind: 'textPart', text: 'I look ' },
    { kind: 'textPart', text: 'at it.' },
    { kind: 'toolStarted', id: '1', name: 'Bash' },
    { kind: 'toolEnded', id: '1' },
    { kind: 'textPart', text: 'Done' },
    { kind: 'textPart', text: '.' },
  ]);

  expect(events).toEqual([
    { kind: 'text', text: 'I look at it.' },
    { kind: 'tool', name: 'Bash' },
    { kind: 'text', text: 'Done.' },
  ]);
});

test('words without an end are told in parts', () => {
  const piece = { kind: 'textPart', text: 'x'.repeat(60_000) } as const;

  const events = assemble([piece, piece, piece]);

  expect(events).toEqual([
    { kind: 'text', text: 'x'.repeat(120_000) },
    { kind: 'text', text: 'x'.repeat(60_000) },
  ]);
});

const refused = { kind: 'retry', message: '429' } as const;
const answer = { kind: 'step', id: 'a', usage: { inputTokens: 1 } } as const;

test.each<[string, readonly ProgramEvent[], readonly number[]]>([
  ['one after the other', [refused, refused, refused], [1, 2, 3]],
  ['with an error between', [refused, { kind: 'error', message: '429' }, refused], [1, 2]],
  ['with an end in vain between', [refused, { kind: 'final', status: 'failed' }, refused], [1, 2]],
  ['with an answer between', [refused, refused, answer, refused], [1, 2, 1]],
  ['with words between', [refused, { kind: 'textPart', text: 'Well' }, refused], [1, 1]],
  ['with a call of a tool between', [refused, { kind: 'toolStarted', id: 'b', name: 'sh' }, refused], [1, 1]],
  [
    'with numbers of their own',
    [
      { ...refused, number: 4 },
      { ...refused, number: 5 },
    ],
    [4, 5],
  ],
  ['with a number of its own before', [{ ...refused, number: 4 }, refused], [4, 5]],
])('retries %s are numbered', (_what, events, numbers) => {
  const told = assemble(events).filter((event) => event.kind === 'retry');

  expect(told.map(({ number }) => number)).toEqual(numbers);
});

test('the usage of steps adds up, and a step that is told again counts once', () => {
  const events = assemble([
    { kind: 'step', id: 'a', usage: { inputTokens: 100, outputTokens: 1 } },
    { kind: 'step', id: 'a', usage: { inputTokens: 100, outputTokens: 20 } },
    { kind: 'step', id: 'b', usage: { inputTokens: 50, outputTokens: 5, costUsd: 0.25 } },
  ]);

  expect(events).toEqual([
    { kind: 'usage', usage: { inputTokens: 100, outputTokens: 1 } },
    { kind: 'usage', usage: { inputTokens: 100, outputTokens: 20 } },
    { kind: 'usage', usage: { inputTokens: 150, outputTokens: 25, costUsd: 0.25 } },
  ]);
});

test('however many steps there are, all of them count', () => {
  const assembly = createEventAssembly(undefined);

  for (let n = 0; n < 5_000; n++) assembly.push({ kind: 'step', id: `${n}`, usage: { inputTokens: 2 } });

  expect(assembly.usage()).toEqual({ inputTokens: 10_000 });
});

test('what a program says of the whole run counts more than its steps', () => {
  const assembly = createEventAssembly(undefined);

  assembly.push({ kind: 'step', id: 'a', usage: { inputTokens: 100, outputTokens: 9 } });
  assembly.push({ kind: 'total', usage: { inputTokens: 120, costUsd: 1 } });
  assembly.push({ kind: 'step', id: 'b', usage: { inputTokens: 1 } });

  expect(assembly.usage()).toEqual({ inputTokens: 120, outputTokens: 9, costUsd: 1 });
});

test('tokens without money cost what the price says, and less where the host had them in its cache', () => {
  const price = { inputUsd: 3, outputUsd: 15, cachedInputUsd: 0.3 };
  const used = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000 };
  const assembly = createEventAssembly(price);

  const events = assembly.push({ kind: 'step', id: 'a', usage: used });

  expect(events).toEqual([
    { kind: 'usage', usage: { inputTokens: 1_000_000, outputTokens: 100_000, costUsd: 1.8 + 0.12 + 1.5 } },
  ]);
});

test('money that the program tells is not reckoned anew', () => {
  const assembly = createEventAssembly({ inputUsd: 3, outputUsd: 15 });

  assembly.push({ kind: 'total', usage: { inputTokens: 1_000_000, costUsd: 0.5 } });

  expect(assembly.usage()).toEqual({ inputTokens: 1_000_000, costUsd: 0.5 });
});

test('tokens that were counted are not taken back by a program that was broken off', () => {
  const assembly = createEventAssembly(undefined);

  assembly.push({ kind: 'step', id: 'a', usage: { inputTokens: 100, outputTokens: 9 } });
  assembly.push({ kind: 'total', usage: { inputTokens: 0, outputTokens: 0, costUsd: 2 } });

  expect(assembly.usage()).toEqual({ inputTokens: 100, outputTokens: 9, costUsd: 2 });
});
