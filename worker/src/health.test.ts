import { expect, test } from 'vitest';

import { createHealth } from './health.ts';

test('a worker lives while it waits, and while its heartbeats end, well or not', () => {
  let nowMs = 0;
  const health = createHealth(() => nowMs);

  nowMs = 1_000_000;
  expect(health.live()).toEqual({ isWell: true });
  health.enter('working');
  nowMs += 100_000;
  expect(health.live()).toEqual({ isWell: true });
  health.callEnded('heartbeat', 'no route');
  nowMs += 100_000;
  expect(health.live()).toEqual({ isWell: true });
  nowMs += 50_000;
  expect(health.live()).toEqual({ isWell: false, why: 'no heartbeat has ended for 150 s' });
});

test('a worker is ready while it works and the server answers it', () => {
  let nowMs = 0;
  const health = createHealth(() => nowMs);

  expect(health.ready()).toEqual({ isWell: false, why: 'the worker is waiting for its turn' });
  health.enter('registering');
  expect(health.ready()).toEqual({ isWell: false, why: 'the worker is registering' });
  health.callEnded('registerWorker', 'no such key');
  expect(health.ready()).toEqual({ isWell: false, why: 'the worker is registering: no such key' });
  health.callEnded('registerWorker', undefined);
  health.enter('working');
  expect(health.ready()).toEqual({ isWell: true });
  nowMs = 61_000;
  expect(health.ready()).toEqual({ isWell: false, why: 'the server has not answered for 61 s' });
  health.callEnded('heartbeat', 'no route');
  expect(health.ready()).toEqual({
    isWell: false,
    why: 'the server has not answered for 61 s: no route',
  });
  health.callEnded('pollTasks', undefined);
  expect(health.ready()).toEqual({ isWell: true });
  health.enter('stopping');
  expect(health.ready()).toEqual({ isWell: false, why: 'the worker is stopping' });
});

test('a worker that stands by for another one is ready: it waits for nothing but the end of that', () => {
  const health = createHealth(() => 0);

  health.enter('standing by');

  expect(health.ready()).toEqual({ isWell: true });
});
