import { failedForRoom } from './disk-room.ts';
import { GitFailed } from './git.ts';
import { explainRemote, type RemotePlace } from './remote-failure.ts';

/**
 * Why what git failed with may pass, to be told: trouble of the remote, or no room on the disk of the folder. Undefined
 * when it will not pass.
 */
export async function whyPassing(
  error: unknown,
  place: RemotePlace,
  folder: string,
): Promise<string | undefined> {
  if (!(error instanceof GitFailed)) return undefined;
  const { isTransient, sentence } = explainRemote(error.message, place);
  if (isTransient) return sentence;
  return (await failedForRoom(error.message, folder))
    ? `the disk of the run is full: ${error.message}`
    : undefined;
}
