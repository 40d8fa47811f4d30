import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { OpenStorage } from './open-storage.ts';

/** What every Hints does. */
export function describeHints(open: OpenStorage): void {
  describe('hints', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a hint reaches every listener of its topic in this process at once, and no other', () => {
      const { hints } = opened.storage;
      const heard: string[] = [];
      const stops = [
        hints.subscribe('queue', () => heard.push('first')),
        hints.subscribe('queue', () => heard.push('second')),
        hints.subscribe('logs', () => heard.push('logs')),
      ];

      hints.notify('queue');

      expect(heard).toEqual(['first', 'second']);
      stops.forEach((stop) => stop());
    });

    test('a listener that left hears nothing, and the same function twice is two listeners', () => {
      const { hints } = opened.storage;
      let heard = 0;
      const listener = (): void => {
        heard += 1;
      };
      const [first, second] = [hints.subscribe('cancels', listener), hints.subscribe('cancels', listener)];
      hints.notify('cancels');
      first();

      hints.notify('cancels');
      second();
      hints.notify('cancels');

      expect(heard).toBe(3);
    });
  });
}
