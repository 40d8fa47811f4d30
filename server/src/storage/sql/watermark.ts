/** A band of priorities whose tasks up to `after` are known to be gone. Both ends belong to it. */
export interface Band {
  readonly highest: number;
  readonly lowest: number;
  /** An id, or the beginning of one; '' when nothing is known. */
  readonly after: string;
}

/** Where the queue of one kind of worker begins, for every priority, in the claim's order. */
export type Watermark = readonly Band[];

/** Where a claim has ended: at its last task, having looked at everything before it in the queue. */
interface Reached {
  readonly priority: number;
  readonly id: string;
}

const maxPriority = 2_147_483_647;
const maxBands = 9;

/** Nothing is known. */
export const wholeQueue: Watermark = [{ highest: maxPriority, lowest: -maxPriority, after: '' }];

/**
 * What is known after a claim. `reached` is undefined when the claim found the end of the queue. `horizon` bounds it
 * all: a younger task may still be on its way, with an id older than one that is already taken.
 */
export function advance(watermark: Watermark, reached: Reached | undefined, horizon: string): Watermark {
  if (reached === undefined) return [{ highest: maxPriority, lowest: -maxPriority, after: horizon }];
  const { priority, id } = reached;
  const above = { highest: maxPriority, lowest: priority + 1, after: horizon };
  const level = { highest: priority, lowest: priority, after: id < horizon ? id : horizon };
  const below = watermark
    .filter((band) => band.lowest < priority)
    .map((band) => ({ ...band, highest: Math.min(band.highest, priority - 1) }));
  return bounded([above, level, ...below]);
}

/** Forgets the lowest bands rather than making a statement of any length. */
function bounded(bands: Watermark): Watermark {
  const kept = bands.slice(0, maxBands);
  const forgotten = bands[maxBands];
  return forgotten === undefined
    ? kept
    : [...kept, { highest: forgotten.highest, lowest: -maxPriority, after: '' }];
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The beginning of the ids of tasks made at this time: every id made then or later sorts after it. */
export function taskIdsSince(ms: number): string {
  let rest = Math.max(0, Math.floor(ms));
  let digits = '';
  for (let index = 0; index < 10; index++) {
    digits = `${alphabet[rest % 32] ?? ''}${digits}`;
    rest = Math.floor(rest / 32);
  }
  return `tsk_${digits}`;
}
