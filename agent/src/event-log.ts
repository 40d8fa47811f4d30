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
   * Appends an event. Call it again only when it has resolved. Waits for a full disk. Throws PhaseFailed when it cannot
   * be written: `OutOfDisk` where there is no room for it for long.
   */
  add(event: DriverEvent): Promise<void>;
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

  async function write(entry: object): Promise<void> {
    const line = Buffer.from(`${JSON.stringify({ at: Date.now(), ...entry })}\n`);
    isFull = size + line.length > maxBytes;
    const bytes = isFull ? Buffer.from(`${JSON.stringify({ cut: `at ${maxBytes} bytes` })}\n`) : line;
    const end = size + bytes.length;
    await withRoom(roomMs, async () => {
      while (size < end) size += (await file.write(bytes.subarray(size - end))).bytesWritten;
    });
  }

  return {
    async add(event) {
      if (!isFull) await write({ event }).catch(fail);
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

function fail(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const message = `the agent's events cannot be kept in ${eventsName}: ${why}`;
  throw new PhaseFailed(isNoRoom(error) ? 'OutOfDisk' : 'AgentFailed', message, { cause: error });
}
