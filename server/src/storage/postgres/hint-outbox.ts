import type { Logger } from 'pino';

import type { HintTopic } from '../hints.ts';

/** Topics on their way to other servers. */
export interface HintOutbox extends Disposable {
  add(topic: HintTopic): void;
}

/** A topic is sent at most this often, first and last of a burst included. */
const throttleMs = 20;

/**
 * Sends topics of one tick together, and each topic at the leading and the trailing edge of a burst. An outage is
 * logged once; what could not be sent is lost, as hints may be.
 */
export function createHintOutbox(
  send: (topics: readonly HintTopic[]) => Promise<void>,
  logger: Logger,
): HintOutbox {
  const batch = new Set<HintTopic>();
  /** Topics sent lately, and whether there is something to send again. */
  const resting = new Map<HintTopic, { readonly timer: NodeJS.Timeout; isDue: boolean }>();
  let isAway = false;
  let isClosed = false;

  async function flush(): Promise<void> {
    const topics = [...batch];
    batch.clear();
    if (isClosed) return;
    try {
      await send(topics);
      isAway = false;
    } catch (error) {
      if (!isAway && !isClosed) logger.warn({ err: error }, 'hints do not reach other servers');
      isAway = true;
    }
  }

  function add(topic: HintTopic): void {
    if (isClosed) return;
    const rest = resting.get(topic);
    if (rest !== undefined) {
      rest.isDue = true;
      return;
    }
    if (batch.size === 0) setImmediate(() => void flush());
    batch.add(topic);
    resting.set(topic, { timer: setTimeout(wake, throttleMs, topic), isDue: false });
  }

  function wake(topic: HintTopic): void {
    const isDue = resting.get(topic)?.isDue;
    resting.delete(topic);
    if (isDue === true) add(topic);
  }

  return {
    add,
    [Symbol.dispose]() {
      isClosed = true;
      for (const { timer } of resting.values()) clearTimeout(timer);
    },
  };
}
