import { coalesced } from '../coalesced.ts';
import type { OutageLog } from '../outage.ts';
import type { PendingCancel, QueueStore } from '../storage/queue-store.ts';
import type { HeldPoll } from './held-poll.ts';

/** Brings cancellations to the held polls of the workers that are to stop something. */
export interface CancelTeller {
  /** Takes in a poll and looks whether there is something to tell it. */
  add(poll: HeldPoll): void;
  remove(poll: HeldPoll): void;
  /** Something may be there to tell. */
  trigger(): void;
  /** Resolves when no statement is in flight. */
  idle(): Promise<void>;
}

/** Makes a teller. A cancel whose poll is gone meanwhile is not lost: heartbeats repeat it until the attempt ends. */
export function createCancelTeller(queue: QueueStore, outage: OutageLog): CancelTeller {
  const polls = new Map<string, Set<HeldPoll>>();
  /** Those for which nobody has looked yet; each is held until somebody has. */
  let unseen = new Set<HeldPoll>();
  let isForAll = false;
  const work = coalesced(look);

  async function look(): Promise<void> {
    const looking = unseen;
    unseen = new Set();
    const workerIds = isForAll ? [...polls.keys()] : [...new Set([...looking].map((poll) => poll.workerId))];
    isForAll = false;
    if (workerIds.length > 0) await tell(workerIds);
    for (const poll of looking) poll.release();
  }

  async function tell(workerIds: readonly string[]): Promise<void> {
    try {
      const cancels = await queue.takeCancels(workerIds);
      outage.recovered();
      give(cancels);
    } catch (error) {
      outage.failed(error);
    }
  }

  /** A poll is held until it has all that is for it. */
  function give(cancels: readonly PendingCancel[]): void {
    const told = new Set<HeldPoll>();
    for (const { workerId, taskId, attempt } of cancels) {
      const [poll] = polls.get(workerId) ?? [];
      if (!poll) continue;
      if (!told.has(poll)) poll.hold();
      told.add(poll);
      poll.giveCancel({ taskId, attempt });
    }
    for (const poll of told) poll.release();
  }

  return {
    add: (poll) => {
      const ofWorker = polls.get(poll.workerId);
      if (ofWorker) ofWorker.add(poll);
      else polls.set(poll.workerId, new Set([poll]));
      unseen.add(poll);
      poll.hold();
      work.trigger();
    },
    remove: (poll) => {
      unseen.delete(poll);
      const ofWorker = polls.get(poll.workerId);
      ofWorker?.delete(poll);
      if (ofWorker?.size === 0) polls.delete(poll.workerId);
    },
    trigger: () => {
      if (polls.size === 0) return;
      isForAll = true;
      work.trigger();
    },
    idle: () => work.idle(),
  };
}
