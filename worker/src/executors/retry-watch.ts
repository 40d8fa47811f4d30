import type { Phase } from '@verve/contract';
import { whyRetried } from '@verve/contract/retry-line';

import type { RunLine, RunState } from '../executor.ts';

/** Why checkout or publish of a run tries something again, as its log says, heard by whoever reads the log for the server. */
export interface RetryWatch {
  /** Takes in lines in their order; true: that has changed. */
  hear(lines: readonly Pick<RunLine, 'phase' | 'text'>[]): boolean;
  /** Why the phase tries something again; undefined: it does not. */
  why(phase: Phase): string | undefined;
}

/** Nothing was heard yet. */
export function createRetryWatch(): RetryWatch {
  let heardLast: { readonly phase: Phase; readonly why: string | undefined } | undefined;

  return {
    hear(lines) {
      const last = lines.at(-1);
      if (!last) return false;
      // What an agent prints are anybody's words.
      const why = last.phase === 'agent' ? undefined : whyRetried(last.text);
      const isElsewhere = why !== undefined && heardLast?.phase !== last.phase;
      const isNews = isElsewhere || heardLast?.why !== why;
      heardLast = { phase: last.phase, why };
      return isNews;
    },
    why: (phase) => (heardLast?.phase === phase ? heardLast.why : undefined),
  };
}

/** The same batches of lines, each heard before it is given; `onNews` is called when there is something new to tell. */
export async function* heard<T extends Pick<RunLine, 'phase' | 'text'>>(
  batches: AsyncIterable<readonly T[]>,
  watch: RetryWatch,
  onNews: () => void = () => undefined,
): AsyncGenerator<readonly T[]> {
  for await (const lines of batches) {
    if (watch.hear(lines)) onNews();
    yield lines;
  }
}

/** A state with why its phase tries something again. */
export function withRetries(state: RunState, retries: Pick<RetryWatch, 'why'> | undefined): RunState {
  const retrying = state.kind === 'running' ? retries?.why(state.phase) : undefined;
  return state.kind === 'running' && retrying !== undefined ? { ...state, retrying } : state;
}
