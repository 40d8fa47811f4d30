import { failedForRoom } from './disk-room.ts';
import { GitFailed } from './git.ts';
import type { RemotePlace } from './remote-failure-cause.ts';
import { explainRemote } from './remote-failure.ts';

/** Nobody here ends git so: the machine did, for want of memory perhaps. */
const endedFromOutside = /was ended by SIG\w+$|died of signal \d+/m;

/**
 * Why what git failed with may pass, to be told: trouble of the remote, no room on the disk of the folder, or an end from
 * outside. Undefined when it will not pass.
 */
export async function whyPassing(
  error: unknown,
  place: RemotePlace,
  folder: string,
): Promise<string | undefined> {
  if (!(error instanceof GitFailed)) return undefined;
  const { isTransient, sentence } = explainRemote(error.message, place);
  if (isTransient) return sentence;
  if (endedFromOutside.test(error.message)) return error.message;
  return (await failedForRoom(error.message, folder))
    ? `the disk of the run is full: ${error.message}`
    : undefined;
}
