import type { KeyState } from '@verve/contract/masking';

/** How masking stands within the two streams of a run: whether each is within a private key. */
export interface MaskStates {
  readonly o: KeyState;
  readonly e: KeyState;
}

/** A source's cursor with the state of masking there: whoever reads on from it masks on from it. */
export function formatCursor(states: MaskStates, cursor: string): string {
  return `${states.o}.${states.e}:${cursor}`;
}

/** Takes a cursor apart; undefined is the beginning. Throws on a text that is none. */
export function parseCursor(text: string | undefined): {
  readonly states: MaskStates;
  readonly cursor: string | undefined;
} {
  if (text === undefined) return { states: { o: 0, e: 0 }, cursor: undefined };
  const [, o, e, cursor] = /^(\d+)\.(\d+):(.*)$/s.exec(text) ?? [];
  if (cursor === undefined) throw new Error(`not a cursor of a log: ${text}`);
  return { states: { o: Number(o), e: Number(e) }, cursor };
}
