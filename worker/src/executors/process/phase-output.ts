import type { Readable } from 'node:stream';
import { setImmediate as afterReads, setTimeout as wait } from 'node:timers/promises';

import type { StreamLetter } from '@verve/contract';
import { createLineSplitter } from '@verve/contract/lines';

import { codeOf } from '../../file-error.ts';
import type { LogWriter } from './log-writer.ts';

const roomLookMs = 500;
const silenceMs = 1_000;
/** Whoever prints for longer than that many silences after the program's end is not waited for. */
const silencesAtMost = 10;

/** Tries until there is room: a full disk is waited for, by the program too, so that no line is lost. */
export async function untilRoom(hasRoom: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await hasRoom())) await wait(roomLookMs);
}

/** Takes a program's output into the run's log. */
export interface PhaseOutput {
  /** Resolves when the stream has ended and all its lines are in the log. */
  take(from: Readable, stream: StreamLetter): Promise<void>;
  /** Resolves when nothing comes any more though the output is open, held by a process that got away. */
  silence(): Promise<void>;
}

/** Nothing was taken yet. */
export function createPhaseOutput(log: LogWriter): PhaseOutput {
  let pieces = 0;
  let waiting = 0;

  async function write(stream: StreamLetter, lines: readonly string[]): Promise<void> {
    waiting++;
    for (const line of lines) await untilRoom(() => log.write(stream, line));
    waiting--;
  }

  return {
    async take(from, stream) {
      const splitter = createLineSplitter();
      try {
        for await (const piece of from) {
          pieces++;
          await write(stream, splitter.push(piece as Buffer));
        }
      } catch (error) {
        // Cut off because a process left behind holds the pipe; what came is kept.
        if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
      }
      await write(stream, splitter.end());
    },
    async silence() {
      for (let silences = 0, before = -1; silences < silencesAtMost && before !== pieces;) {
        before = pieces;
        await wait(silenceMs);
        // What came while this process had no turn is read before the next look.
        await afterReads();
        if (waiting > 0) before = -1;
        else silences++;
      }
    },
  };
}
