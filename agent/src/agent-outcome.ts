import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { phaseOutcome } from '@verve/contract/run';
import { z } from 'zod';

import type { UntrustedFolder } from './untrusted-file.ts';

const outcomeName = 'outcome.json';
const maxOutcomeBytes = 1024 * 1024;

/** Characters of a summary; what a forge takes as a body, with room for the rest of it. */
export const summaryLength = 50_000;

/** Characters of a commit's subject as a pull request tells it. */
export const subjectLength = 1_000;

/**
 * What the agent phase leaves: its outcome, and in the agent's own words what was done. The words are masked there, since
 * the phase that hands them to a forge does not know the agent's secrets.
 */
const agentOutcome = phaseOutcome.extend({
  summary: z.string().optional(),
  /** First lines of the new commits' messages, newest first. */
  subjects: z.array(z.string()).optional(),
});
export type AgentOutcome = z.infer<typeof agentOutcome>;

/** What publish takes over from the agent phase; all else that it says is not believed. */
export type AgentReport = Pick<AgentOutcome, 'usage' | 'summary' | 'subjects'>;

/**
 * Reads the report once, as data. One that is not as it should be counts as empty, and `tell` hears why: the work itself
 * is in the bundle.
 */
export async function takeReport(
  from: UntrustedFolder,
  target: string,
  tell: (text: string) => void,
): Promise<AgentReport> {
  try {
    const copy = join(target, outcomeName);
    if (!(await from.copy(outcomeName, copy, maxOutcomeBytes))) return {};
    const { usage, summary, subjects } = agentOutcome.parse(JSON.parse(await readFile(copy, 'utf8')));
    return {
      ...(usage && { usage }),
      ...(summary !== undefined && { summary: summary.slice(0, summaryLength) }),
      ...(subjects && { subjects: subjects.map((subject) => subject.slice(0, subjectLength)) }),
    };
  } catch (error) {
    const why =
      error instanceof SyntaxError || error instanceof z.ZodError ? 'it is malformed' : String(error);
    tell(`the agent's ${outcomeName} is left out: ${why}\n`);
    return {};
  }
}
