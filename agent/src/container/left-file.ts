import { phaseOutcome, type PhaseOutcome } from '@verve/contract/run';
import { usage, type Usage } from '@verve/contract/usage';
import type { z } from 'zod';

import { openUntrusted } from '../untrusted-file.ts';

// A phase's folder may have been taken over by the agent: what is not as it should be is as if it were not there.

const maxOutcomeBytes = 1024 * 1024;
const maxUsageBytes = 4 * 1024;

/** What a phase leaves in its folder for others to read. */
export const leftNames = ['outcome.json', 'usage.json'] as const;

/** The outcome that a phase left in its folder. */
export async function readOutcome(folder: string): Promise<PhaseOutcome | undefined> {
  return readLeft({ folder, name: 'outcome.json', maxBytes: maxOutcomeBytes, schema: phaseOutcome });
}

/** What the agent phase says it used so far. */
export async function readUsage(folder: string): Promise<Usage | undefined> {
  return readLeft({ folder, name: 'usage.json', maxBytes: maxUsageBytes, schema: usage });
}

interface Left<T> {
  readonly folder: string;
  readonly name: (typeof leftNames)[number];
  readonly maxBytes: number;
  readonly schema: z.ZodType<T>;
}

async function readLeft<T>({ folder, name, maxBytes, schema }: Left<T>): Promise<T | undefined> {
  try {
    await using from = await openUntrusted(folder);
    return schema.parse(JSON.parse((await from.read(name, maxBytes)) ?? ''));
  } catch {
    return undefined;
  }
}
