import { expect, test } from 'vitest';

import { runChaos } from './run.ts';

test.each(['sqlite', 'postgres'] as const)(
  'a short run of faults on %s loses and doubles nothing',
  async (database) => {
    const say = (): void => undefined;

    const report = await runChaos({ database, seconds: 30, seed: 11, say }, new AbortController().signal);

    console.log(database, report);
    expect(report.losses).toEqual([]);
  },
  300_000,
);
