import { once } from 'node:events';
import type { Writable } from 'node:stream';

import type { Pace } from './pace.ts';

const pieceBytes = 64 * 1024;

/** Where the program's words go: one pace for both streams. */
export interface Printer {
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
        if (!streams[stream].write(piece)) await once(streams[stream], 'drain');
      }
    },
  };
}
