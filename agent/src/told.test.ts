import { expect, test } from 'vitest';

import type { DriverEvent } from './driver-event.ts';
import { tellEvent } from './told.ts';

test.each<[DriverEvent, string | undefined]>([
  [{ kind: 'retry', message: '429 busy', number: 2 }, 'asking the model host again (retry 2): 429 busy'],
  [{ kind: 'retry', message: '429 busy' }, 'asking the model host again: 429 busy'],
  [{ kind: 'error', message: 'no such model' }, 'error: no such model'],
  [{ kind: 'tool', name: 'sh', failed: true }, 'tool sh, failed'],
  [{ kind: 'usage', usage: { inputTokens: 1 } }, undefined],
])('of %j the log tells "%s"', (event, told) => {
  expect(tellEvent(event, 'events')).toBe(told);
  expect(tellEvent(event, 'states')).toBeUndefined();
});
