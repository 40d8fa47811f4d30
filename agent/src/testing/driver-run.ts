import type { RunSpec } from '@verve/contract';

import type { DriverRun } from '../driver.ts';
import { sampleSpec } from './sample-spec.ts';

/** A run for tests of a driver's preparation: on Linux, with nothing but what the agent entry and the key say. */
export function driverRun(agent: Partial<RunSpec['agent']> = {}, modelKey?: string): DriverRun {
  const spec = sampleSpec({ agent: { name: 'coder', driver: 'a driver', ...agent } });
  const folders = { taskFile: '/run/task.json', home: '/home/agent', scratch: '/tmp/scratch' };
  return { spec, prompt: 'Do it.', modelKey, ...folders };
}
