import type { Writable } from 'node:stream';

import { PhaseFailed } from './outcome.ts';
import type { Pace } from './pace.ts';

const pieceBytes = 64 * 1024;

/** Where the program's words go: one pace for both streams. */
export interface Printer {
  /** Throws PhaseFailed (`Disrupted`) when the stream takes no more. */
  print(stream: 'o' | 'e', text: string): Promise<void>;
}

/** Writes at the pace, and no faster than the streams take it. */
export function createPrinter(streams: Readonly<Record<'o' | 'e', Writable>>, pace: Pace): Printer {
  return {
    async print(stream, text) {
      const bytes = Buffer.from(text);
      for (let start = 0; start < bytes.length; start += pieceBytes) {
        const piece = bytes.subarray(start, start + pieceBytes);
        await pace.take(piece.length);
        await write(streams[stream], piece);
      }
    },
  };
}

async function write(stream: Writable, piece: Uint8Array): Promise<void> {
  // A stream tells its error twice, by the callback first; told to nobody, the second would end the process.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  return new Promise((resolve, reject) => {
    stream.write(piece, (error) => {
      if (error) {
        const message = `the run's log takes no more: ${error.message}`;
        reject(new PhaseFailed('Disrupted', message, { cause: error }));
        return;
      }
      stream.off('error', ignore);
      resolve();
    });
  });
}
