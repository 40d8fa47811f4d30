import type { Readable } from 'node:stream';
import { setImmediate as afterReads } from 'node:timers/promises';

import { createLineSplitter } from '@verve/contract/lines';

import { pause } from '../pause.ts';
import type { LineStream } from './line-stream.ts';

/** Whoever prints for longer than that many silences after the program's end is not waited for. */
const silencesAtMost = 10;

/** What a program prints. */
export interface Outputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** A program's output on its way into the container's stream, as fast as that is read. */
export interface ProgramOutput {
  /**
   * To be called once the program has ended. Resolves when all its lines are out; also when nothing comes any more though
   * the output is open, held by a process that got away. `silenceMs`: without output for that long there is none.
   */
  finish(silenceMs: number): Promise<void>;
}

/** Begins to take it. */
export function takeOutput({ stdout, stderr }: Outputs, stream: LineStream): ProgramOutput {
  let pieces = 0;
  let waiting = 0;
  const over = new AbortController();
  const taken = Promise.all([take(stdout, 'o'), take(stderr, 'e')]).finally(() => over.abort());

  async function take(from: Readable, letter: 'o' | 'e'): Promise<void> {
    const splitter = createLineSplitter();
    try {
      for await (const piece of from) {
        pieces++;
        await write(letter, splitter.push(piece as Buffer));
      }
    } catch {
      // Cut off because a process left behind holds the pipe; what came is kept.
    }
    await write(letter, splitter.end());
  }

  async function write(letter: 'o' | 'e', lines: readonly string[]): Promise<void> {
    waiting++;
    await stream.write(letter, lines);
    waiting--;
  }

  async function untilSilence(silenceMs: number): Promise<void> {
    for (let silences = 0, before = -1; silences < silencesAtMost && before !== pieces;) {
      before = pieces;
      await pause(silenceMs, over.signal);
      if (over.signal.aborted) return;
      // What came while this process had no turn is read before the next look.
      await afterReads();
      if (waiting > 0) before = -1;
      else silences++;
    }
  }

  return {
    async finish(silenceMs) {
      await Promise.race([taken, untilSilence(silenceMs)]);
      for (const output of [stdout, stderr]) output.destroy();
      await taken;
    },
  };
}
