import { expect, test } from 'vitest';

import { thisMachine, whyMissing } from '../requirements.ts';
import { runChaos } from './run.ts';

test.each(['sqlite', 'postgres'] as const)(
  'a short run of faults on %s loses and doubles nothing',
  async (database) => {
    const hasForge = whyMissing('forge', thisMachine) === undefined;
    const options = { database, hasForge, seconds: 30, seed: 11, say: (): void => undefined };

    const report = await runChaos(options, new AbortController().signal);

    console.log(database, report);
    expect(report.losses).toEqual([]);
  },
  600_000,
);
