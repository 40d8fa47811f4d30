import { coalesced } from '../coalesced.ts';
import type { Fit } from '../storage/queue-store.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { Claimer } from './claimer.ts';
import type { HeldPoll } from './held-poll.ts';

/** Claims of one statement at most. */
const batchSize = 100;

/** The polls of workers that take the same tasks: one claim serves them all. */
export interface ClaimClass {
  /** What tells the class from others. */
  readonly key: string;
  readonly size: number;
  /** Takes in a poll and looks whether something waits for it. */
  add(poll: HeldPoll): void;
  remove(poll: HeldPoll): void;
  /** Something may be there to claim. */
  trigger(): void;
  /** Resolves when no claim is in flight. */
  idle(): Promise<void>;
}

/** What a class is made of. */
interface ClaimClassParts {
  readonly key: string;
  /** Of all workers whose polls it has. */
  readonly fit: Fit;
  readonly claimer: Claimer;
  /** Awaited before each choice of who may claim. */
  readonly untilPausesKnown: () => Promise<void>;
}

/** Makes an empty class. */
export function createClaimClass(parts: ClaimClassParts): ClaimClass {
  const { key, fit, claimer, untilPausesKnown } = parts;
  /** In order of arrival. */
  const polls = new Set<HeldPoll>();
  /** Those that came since the last round began. Each is held until somebody has looked for it. */
  let arrived = new Set<HeldPoll>();
  /** Those that a round has in sight and that are still held. */
  const unseen = new Set<HeldPoll>();
  const work = coalesced(async () => {
    while (await round());
  });

  /** One claim for all; true when there may be more. Its work grows with the claim's size, not with the polls held. */
  async function round(): Promise<boolean> {
    await untilPausesKnown();
    for (const poll of arrived) unseen.add(poll);
    arrived = new Set();
    const seats = seatPolls(polls);
    const seated = new Set(seats);
    for (const poll of seated) poll.hold();
    const claims =
      seats.length === 0
        ? []
        : await claimer.claim(
            fit,
            seats.map(({ workerId }) => workerId),
          );

    const stranded = (claims ?? []).filter((task, index) => !deliver(task, seats[index]));
    for (const poll of seated) poll.release();
    const isDrained = claims === undefined || claims.length < seats.length || seats.length === 0;
    for (const poll of isDrained ? [...unseen] : seated) markSeen(poll);
    if (stranded.length > 0) await claimer.giveBack(stranded);
    return !isDrained;
  }

  /** The database has the claim as its worker's, so only another poll of that worker can stand in. */
  function deliver(task: TaskRecord, seat: HeldPoll | undefined): boolean {
    if (seat?.giveClaim(task)) return true;
    for (const poll of polls) {
      if (poll.workerId === task.workerId && poll.giveClaim(task)) {
        // Lets it end, should nothing else keep it.
        poll.hold();
        poll.release();
        return true;
      }
    }
    return false;
  }

  function markSeen(poll: HeldPoll): void {
    if (unseen.delete(poll)) poll.release();
  }

  return {
    key,
    get size() {
      return polls.size;
    },
    add: (poll) => {
      polls.add(poll);
      arrived.add(poll);
      poll.hold();
      work.trigger();
    },
    remove: (poll) => {
      polls.delete(poll);
      arrived.delete(poll);
      unseen.delete(poll);
    },
    trigger: () => {
      if (polls.size > 0) work.trigger();
    },
    idle: () => work.idle(),
  };
}

/** Who gets what of one claim: a slot to each in order of arrival, then a second one each, and so on. */
function seatPolls(polls: Iterable<HeldPoll>): HeldPoll[] {
  let takers = [...firstTakers(polls)];
  const seats = [...takers];
  for (let row = 1; takers.length > 0 && seats.length < batchSize; row += 1) {
    takers = takers.filter((poll) => poll.freeSlots > row);
    seats.push(...takers.slice(0, batchSize - seats.length));
  }
  return seats;
}

/** As many of those with room as one claim can serve. */
function* firstTakers(polls: Iterable<HeldPoll>): Generator<HeldPoll> {
  let count = 0;
  for (const poll of polls) {
    if (poll.freeSlots <= 0 || poll.isPaused) continue;
    yield poll;
    if ((count += 1) === batchSize) return;
  }
}
