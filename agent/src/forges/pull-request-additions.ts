import { z } from 'zod';

import type { Repetition } from '../retry.ts';
import { ForgeRefused } from './forge-errors.ts';
import { atForge } from './forge-waits.ts';

/** Labels and people that a pull request is to have. */
export interface Addition {
  readonly kind: 'label' | 'reviewer' | 'assignee';
  readonly names: readonly string[];
  /** Why the forge may leave some out without a word; absent: what most forges have for a reason. */
  readonly why?: string;
  /** Adds some of the names and gives all that the pull request has afterwards. */
  readonly add: (names: readonly string[]) => Promise<readonly string[]>;
}

/**
 * Adds what can be added, and tells what was left out and why: the pull request is there, which counts. What it has
 * already stays.
 */
export async function addAll(additions: readonly Addition[], repetition: Repetition): Promise<void> {
  for (const addition of additions) {
    if (addition.names.length > 0) await addSome(addition, repetition);
  }
}

async function addSome(addition: Addition, repetition: Repetition): Promise<void> {
  const { kind, names, add, why = reasons[kind] } = addition;
  try {
    const had = new Set(
      (await atForge(repetition, async () => add(names))).map((name) => name.toLowerCase()),
    );
    const missing = names.filter((name) => !had.has(name.toLowerCase()));
    tellLeftOut(repetition, { kind, names: missing }, why);
  } catch (error) {
    repetition.signal.throwIfAborted();
    // The forge refuses all for the sake of one.
    if (error instanceof ForgeRefused && names.length > 1) await addOneByOne(addition, repetition);
    else tellLeftOut(repetition, addition, wordsOf(error));
  }
}

async function addOneByOne(addition: Addition, repetition: Repetition): Promise<void> {
  for (const name of addition.names) await addSome({ ...addition, names: [name] }, repetition);
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'the forge gave an answer that it does not give';
  return error instanceof Error ? error.message : String(error);
}

const reasons = {
  label: 'the repository has no such label',
  reviewer: 'the forge knows no such user, or the user may not review here',
  assignee: 'the forge knows no such user, or nobody may assign that user here',
} as const satisfies Record<Addition['kind'], string>;

function tellLeftOut(
  { tell }: Repetition,
  { kind, names }: Pick<Addition, 'kind' | 'names'>,
  why: string,
): void {
  for (const name of names) tell(`the pull request is without the ${kind} "${name}": ${why}\n`);
}
