import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { Bounds } from './bounds.ts';
import { isNoRoom, withRoom } from './disk-room.ts';
import type { DriverEvent } from './driver-event.ts';
import { PhaseFailed } from './outcome.ts';

const eventsName = 'events.jsonl';

/** Every event of the run, whole, on the customer's side. */
export interface EventLog extends AsyncDisposable {
  /**
   * Appends events. Call it again only when it has resolved. Waits for a full disk. Throws PhaseFailed when they cannot
   * be written: `OutOfDisk` where there is no room for them for long.
   */
  add(events: readonly DriverEvent[]): Promise<void>;
}

/** What an event log may have. */
export type EventLogBounds = Pick<Bounds, 'eventBytes' | 'roomMs'>;

/** Starts `events.jsonl` in a folder; beyond its bytes it takes no more and says so. Throws PhaseFailed as `add`. */
export async function openEventLog(folder: string, bounds: EventLogBounds): Promise<EventLog> {
  const { eventBytes: maxBytes, roomMs } = bounds;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = await open(join(folder, eventsName), flags, 0o600).catch(fail);
  let size = 0;
  let isFull = false;

  /** The lines that there is room for, and a last one that says when it is over. */
  function linesOf(events: readonly DriverEvent[]): Buffer {
    let lines = '';
    let end = size;
    for (const event of events) {
      const line = `${JSON.stringify({ at: Date.now(), event })}\n`;
      end += Buffer.byteLength(line);
      isFull = end > maxBytes;
      if (isFull) break;
      lines += line;
    }
    if (isFull) lines += `${JSON.stringify({ cut: `at ${maxBytes} bytes` })}\n`;
    return Buffer.from(lines);
  }

  async function write(events: readonly DriverEvent[]): Promise<void> {
    const bytes = linesOf(events);
    const end = size + bytes.length;
    await withRoom(roomMs, async () => {
      while (size < end) size += (await file.write(bytes.subarray(size - end))).bytesWritten;
    });
  }

  return {
    async add(events) {
      if (!isFull && events.length > 0) await write(events).catch(fail);
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

function fail(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const message = `the agent's events cannot be kept in ${eventsName}: ${why}`;
  throw new PhaseFailed(isNoRoom(error) ? 'OutOfDisk' : 'AgentFailed', message, { cause: error });
}
