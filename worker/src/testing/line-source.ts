import type { StreamLetter } from '@verve/contract';

import type { Executor, RunLine } from '../executor.ts';

/** Stands in for an executor that follows one run, whose lines the test writes. */
export interface LineSource extends Pick<Executor, 'follow'> {
  write(texts: readonly string[], stream?: StreamLetter): void;
  /** The run has ended. */
  end(): void;
  /** How many lines were given to whoever follows. */
  readonly given: number;
  /** The cursor of each call of `follow`. */
  readonly cursors: readonly (string | undefined)[];
}

/** Gives at most so many lines at once. */
export function lineSource(batch = 100): LineSource {
  const lines: RunLine[] = [];
  const cursors: (string | undefined)[] = [];
  let isEnded = false;
  let given = 0;

  return {
    cursors,
    get given() {
      return given;
    },
    write(texts, stream = 'o') {
      for (const text of texts) {
        const cursor = `after ${lines.length + 1}`;
        lines.push({ atMs: 1, stream, phase: 'agent', text, cursor });
      }
    },
    end: () => {
      isEnded = true;
    },
    async *follow(_ref, cursor, signal) {
      cursors.push(cursor);
      let at = cursor === undefined ? 0 : Number(cursor.replace('after ', ''));
      while (!signal.aborted) {
        const wasEnded = isEnded;
        for (; at < lines.length && !signal.aborted; at += batch) {
          const next = lines.slice(at, at + batch);
          given += next.length;
          yield next;
        }
        at = Math.min(at, lines.length);
        if (wasEnded) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
