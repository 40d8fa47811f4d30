import { pause } from '../pause.ts';
import { readUsage } from './left-file.ts';
import type { LineStream } from './line-stream.ts';

/** What usage is looked for with. */
export interface UsageWatch {
  readonly stream: LineStream;
  /** The folder of the phase agent. */
  readonly out: string;
  readonly lookMs: number;
}

/** Tells what the agent has used so far, whenever that has changed, until the signal. */
export async function watchUsage({ stream, out, lookMs }: UsageWatch, signal: AbortSignal): Promise<void> {
  let before = '';
  for (;;) {
    await pause(lookMs, signal);
    if (signal.aborted) return;
    const usage = await readUsage(out);
    const found = JSON.stringify(usage);
    if (!usage || found === before) continue;
    before = found;
    await stream.tell(() => ({ usage }));
  }
}
