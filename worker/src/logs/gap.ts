import type { RunLine } from '../executor.ts';

/** Lines of a log that are lost, until a line stands for them. */
export interface Gap {
  /** Counts lines as lost. */
  drop(lines: readonly RunLine[]): void;
  /** Stands for those lost so far, with the cursor of the last; undefined when none is. */
  marker(): RunLine | undefined;
  /** The marker has its place; what is lost from now on is another gap. */
  close(): void;
}

/** A gap of no lines. */
export function createGap(): Gap {
  let lost = 0;
  let bytes = 0;
  let last: RunLine | undefined;

  return {
    drop(lines) {
      lost += lines.length;
      bytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line.text), 0);
      last = lines.at(-1) ?? last;
    },
    marker() {
      if (!last) return undefined;
      const text =
        `${lost} line(s) of ${bytes} bytes are missing here: the server was away for so long that ` +
        'the worker had no room for more';
      return { ...last, stream: 'v', text };
    },
    close() {
      [lost, bytes, last] = [0, 0, undefined];
    },
  };
}
