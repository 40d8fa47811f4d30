import { write } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { ContainerLetter, ContainerTold } from '@verve/contract/container';

import { codeOf } from '../absence.ts';

const writeSome = promisify(write);
const roomLookMs = 10;

/** The one stream of a container. What is written is whole and in order, whoever writes. */
export interface LineStream {
  /** Writes lines of the program. Resolves when they are out, as late as the reader is slow; never rejects. */
  write(letter: ContainerLetter, lines: readonly string[]): Promise<void>;
  /** Writes what `make` returns, which is asked as the writing begins. */
  tell(make: () => ContainerTold): Promise<void>;
  /** Resolves when all that was written before is out. */
  drained(): Promise<void>;
}

/**
 * Writes to a descriptor. By hand and not by `process.stdout`, which on a pipe lets the whole process wait for a slow
 * reader: a permit would end unseen. A reader that is gone is nobody's loss, and what is for it goes nowhere.
 */
export function createLineStream(fd: number): LineStream {
  let last: Promise<void> = Promise.resolve();
  let isBroken = false;

  async function writeNow(text: string): Promise<void> {
    let rest = Buffer.from(text);
    while (rest.length > 0) {
      if (isBroken) return;
      const written = await writeSome(fd, rest).catch(afterFailure);
      rest = rest.subarray(typeof written === 'number' ? written : written.bytesWritten);
    }
  }

  async function afterFailure(error: unknown): Promise<number> {
    if (codeOf(error) === 'EAGAIN') await wait(roomLookMs);
    else isBroken = true;
    return 0;
  }

  async function enqueue(make: () => string): Promise<void> {
    last = last.then(async () => writeNow(make()));
    return last;
  }

  return {
    async write(letter, lines) {
      if (lines.length > 0) await enqueue(() => lines.map((line) => `${letter} ${line}\n`).join(''));
    },
    tell: async (make) => enqueue(() => `c ${JSON.stringify(make())}\n`),
    drained: async () => last,
  };
}
