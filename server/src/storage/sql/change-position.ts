import { PositionInvalid } from '../storage.ts';

/**
 * Everything up to this row of the order (changed, id) was read. The empty id sorts before all others: with it, the
 * position is before the first row of that number.
 */
export interface ChangePosition {
  /** A whole number; too large for a JavaScript one in Postgres. */
  readonly changed: string;
  readonly id: string;
}

/** As clients are given it: `<changed>:<id>`. */
export function formatPosition({ changed, id }: ChangePosition): string {
  return `${changed}:${id}`;
}

/** Throws PositionInvalid. */
export function parsePosition(text: string): ChangePosition {
  const [, changed, id] = /^(\d{1,19}):([a-z0-9_]{0,64})$/.exec(text) ?? [];
  if (changed === undefined || id === undefined || BigInt(changed) >= 2n ** 63n) {
    throw new PositionInvalid('not a position of the change feed');
  }
  return { changed, id };
}
