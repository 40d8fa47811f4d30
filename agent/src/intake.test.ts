import { PassThrough, Readable } from 'node:stream';

import { expect, test } from 'vitest';

import { commandDriver } from './drivers/command.ts';
import { createEventAssembly } from './event-assembly.ts';
import { createIntake, type Intake } from './intake.ts';
import { noClock } from './output-clock.ts';

const parts = {
  driver: commandDriver,
  lineBytes: 1_000,
  assembly: createEventAssembly(undefined),
};

const never = new AbortController().signal;

function startIntake(): { intake: Intake; touches: () => number; printed: () => string } {
  let touches = 0;
  let printed = '';
  const intake = createIntake({
    ...parts,
    logLevel: 'full',
    log: { add: async () => undefined, [Symbol.asyncDispose]: async () => undefined },
    clock: { ...noClock, touch: () => (touches += 1) },
    printer: { print: async (_, text) => void (printed += text) },
    eventsFile: undefined,
  });
  return { intake, touches: () => touches, printed: () => printed };
}

test('every piece of output counts as a sign of life', async () => {
  const { intake, touches, printed } = startIntake();

  await intake.read(
    'o',
    Readable.from([Buffer.from('one\ntw'), Buffer.from('o\n'), Buffer.from('.')]),
    never,
  );

  expect(touches()).toBe(3);
  expect(printed()).toBe('one\ntwo\n.\n');
});

test('events from a file do, too', async () => {
  const over = new AbortController();
  let touches = 0;
  const intake = createIntake({
    ...parts,
    logLevel: 'states',
    log: { add: async () => undefined, [Symbol.asyncDispose]: async () => undefined },
    clock: { ...noClock, touch: () => (touches += 1) },
    printer: { print: async () => undefined },
    eventsFile: {
      isUsed: () => true,
      read: async () => {
        over.abort();
        return [{ kind: 'usage', usage: { costUsd: 1 } }];
      },
      end: async () => [],
      [Symbol.asyncDispose]: async () => undefined,
    },
  });

  await intake.follow(over.signal);

  expect(touches).toBe(1);
  expect(intake.events()).toEqual([{ kind: 'usage', usage: { costUsd: 1 } }]);
});

test('a stream that breaks after the cut-off has ended, and what came of it is kept', async () => {
  const { intake, printed } = startIntake();
  const cutOff = new AbortController();
  const stream = new PassThrough();
  const read = intake.read('o', stream, cutOff.signal);

  stream.write('words');
  await new Promise((resolve) => setImmediate(resolve));
  cutOff.abort();
  stream.destroy();

  await read;
  expect(printed()).toBe('words\n');
});

test('one that breaks before is a failure', async () => {
  const { intake } = startIntake();
  const stream = new PassThrough();
  const read = intake.read('o', stream, never);

  stream.destroy(new Error('EIO'));

  await expect(read).rejects.toThrow('EIO');
});

test('words that cannot be taken in do not count as being taken in for ever', async () => {
  const intake = createIntake({
    ...parts,
    logLevel: 'full',
    log: { add: async () => undefined, [Symbol.asyncDispose]: async () => undefined },
    clock: noClock,
    printer: { print: async () => Promise.reject(new Error('nobody reads')) },
    eventsFile: undefined,
  });

  const read = intake.read('o', Readable.from([Buffer.from('one\n')]), never);

  await expect(read).rejects.toThrow('nobody reads');
  await intake.silence(1, never);
});
