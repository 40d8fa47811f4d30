import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { HintTopic } from '../hints.ts';
import { createHintOutbox } from './hint-outbox.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('topics of one tick go together, at once', async () => {
  const { outbox, sent } = build();

  outbox.add('queue');
  outbox.add('changes');
  await vi.advanceTimersByTimeAsync(1);

  expect(sent).toEqual([['queue', 'changes']]);
});

test('a burst is sent at its beginning, every 20 ms, and after its end', async () => {
  const { outbox, sent } = build();

  for (let n = 0; n < 50; n += 1) {
    outbox.add('queue');
    await vi.advanceTimersByTimeAsync(1);
  }
  const during = sent.length;
  await vi.advanceTimersByTimeAsync(1_000);

  expect(during).toBe(3);
  expect(sent.length).toBe(4);
});

test('a topic that rests does not hold another one back', async () => {
  const { outbox, sent } = build();
  outbox.add('logs');
  await vi.advanceTimersByTimeAsync(1);
  outbox.add('logs');

  outbox.add('queue');
  await vi.advanceTimersByTimeAsync(1);

  expect(sent).toEqual([['logs'], ['queue']]);
});

test('an outage is logged once, and the next one again', async () => {
  const { outbox, lines, fail } = build();
  for (const isFailing of [true, true, false, true]) {
    fail(isFailing);
    outbox.add('queue');
    await vi.advanceTimersByTimeAsync(30);
  }

  expect(lines.filter((line) => line.includes('do not reach'))).toHaveLength(2);
});

test('nothing is sent after the end', async () => {
  const { outbox, sent } = build();
  outbox.add('queue');

  outbox[Symbol.dispose]();
  outbox.add('logs');
  await vi.advanceTimersByTimeAsync(1_000);

  expect(sent).toEqual([]);
});

function build(): {
  outbox: ReturnType<typeof createHintOutbox>;
  sent: (readonly HintTopic[])[];
  lines: string[];
  fail: (isFailing: boolean) => void;
} {
  const sent: (readonly HintTopic[])[] = [];
  const lines: string[] = [];
  let isFailing = false;
  const send = (topics: readonly HintTopic[]): Promise<void> => {
    if (isFailing) return Promise.reject(new Error('away'));
    sent.push(topics);
    return Promise.resolve();
  };
  const outbox = createHintOutbox(send, pino({}, { write: (line) => lines.push(line) }));
  return {
    outbox,
    sent,
    lines,
    fail: (value) => {
      isFailing = value;
    },
  };
}
