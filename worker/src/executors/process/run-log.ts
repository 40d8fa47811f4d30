import type { RunLine } from '../../executor.ts';
import { pause } from '../../pause.ts';
import { openLogReader } from './log-file.ts';
import { look, lookMs } from './look.ts';
import type { RunFolder } from './run-folder.ts';

/** The lines of a run's log as they come, after a cursor, until the run has ended or on the signal. */
export async function* followRun(
  folder: RunFolder,
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly RunLine[]> {
  await using reader = openLogReader(folder.log, cursor);
  while (!signal.aborted) {
    // Asked before the file is read to its end: nothing is written once a run has ended.
    const { state } = await look(folder);
    let lines = await reader.next();
    for (; lines.length > 0; lines = await reader.next()) yield lines;
    if (state.kind === 'ended' || state.kind === 'absent') return;
    await pause(lookMs, signal);
  }
}
