import { expect, test } from 'vitest';

import type { ClaimRequest } from '../queue-store.ts';
import { taskIdsSince, wholeQueue, type Watermark } from './watermark.ts';
import { createWatermarks, type Watermarks } from './watermarks.ts';

const now = Date.UTC(2030, 0, 1);
const settlingMs = 2_000;
const request: ClaimRequest = {
  fit: { projectId: 'prj', labels: {} },
  workerIds: ['wrk'],
  nowMs: now,
  leaseUntilMs: now,
};

/** With what a claim would look at now; the claim finds the end of the queue. */
async function lookedAt(watermarks: Watermarks): Promise<Watermark> {
  let seen = wholeQueue;
  await watermarks.learn(request, async (watermark) => {
    seen = watermark;
    return [];
  });
  return seen;
}

test('a task as young as new ones are makes nothing forgotten', async () => {
  const watermarks = createWatermarks({ now: () => now });
  await lookedAt(watermarks);

  watermarks.noteNewTask(`${taskIdsSince(now - settlingMs)}0000000000000000`);

  expect(await lookedAt(watermarks)).toMatchObject([{ after: taskIdsSince(now - settlingMs) }]);
});

test('a task that was made by a clock behind, or stored late, is looked for', async () => {
  const watermarks = createWatermarks({ now: () => now });
  await lookedAt(watermarks);

  watermarks.noteNewTask(`${taskIdsSince(now - settlingMs - 1)}zzzzzzzzzzzzzzzz`);

  expect(await lookedAt(watermarks)).toEqual(wholeQueue);
});

test('a claim that was under way when such a task came teaches nothing', async () => {
  const watermarks = createWatermarks({ now: () => now });

  await watermarks.learn(request, async () => {
    watermarks.noteNewTask(taskIdsSince(now - settlingMs - 1));
    return [];
  });

  expect(await lookedAt(watermarks)).toEqual(wholeQueue);
});

test('a clock that is set back hides no task that is made by it', async () => {
  let time = now;
  const watermarks = createWatermarks({ now: () => time });
  await lookedAt(watermarks);

  time = now - 60_000;
  await lookedAt(watermarks);
  watermarks.noteNewTask(taskIdsSince(time));

  expect(await lookedAt(watermarks)).toEqual(wholeQueue);
});
