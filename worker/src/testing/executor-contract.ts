import { describe, vi } from 'vitest';

import { testFollow } from './executor-contract/follow.ts';
import { testPermit } from './executor-contract/permit.ts';
import { testRemove } from './executor-contract/remove.ts';
import { testSeparation } from './executor-contract/separation.ts';
import type { OpenStage } from './executor-contract/stage.ts';
import { testStart } from './executor-contract/start.ts';
import { testStop } from './executor-contract/stop.ts';

/** Holds an adapter to what the port `Executor` promises. Every adapter runs it, on the real thing. */
export function describeExecutor(name: string, openStage: OpenStage): void {
  vi.setConfig({ testTimeout: 120_000 });
  describe(`executor ${name}`, () => {
    describe('start', () => testStart(openStage));
    describe('follow', () => testFollow(openStage));
    describe('permit', () => testPermit(openStage));
    describe('stop', () => testStop(openStage));
    describe('remove', () => testRemove(openStage));
    describe('separation', () => testSeparation(openStage));
  });
}
