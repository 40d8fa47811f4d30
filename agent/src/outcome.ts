import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { PhaseOutcome, Reason } from '@verve/contract';
import { limits } from '@verve/contract/limits';

/** The phase ends the run as failed, with a reason and a sentence that a person can act on. */
export class PhaseFailed extends Error {
  override readonly name = 'PhaseFailed';
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }

  /** The failure as an outcome; a long message keeps its beginning. */
  get outcome(): PhaseOutcome {
    return { status: 'failed', reason: this.reason, message: this.message.slice(0, limits.messageLength) };
  }
}

/** Writes `outcome.json` whole or not at all, as a phase's last act. */
export async function writeOutcome(folder: string, outcome: PhaseOutcome): Promise<void> {
  const temporary = join(folder, 'outcome.json.tmp');
  // In the agent phase somebody else may have left a link of that name.
  await rm(temporary, { recursive: true, force: true });
  await using file = await open(temporary, 'wx');
  await file.writeFile(JSON.stringify(outcome));
  await file.sync();
  await rename(temporary, join(folder, 'outcome.json'));
}
