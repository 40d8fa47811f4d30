import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { DriverEvent } from './driver-event.ts';
import { PhaseFailed } from './outcome.ts';

const eventsName = 'events.jsonl';

/** Every event of the run, whole, on the customer's side. */
export interface EventLog extends AsyncDisposable {
  /**
   * Appends an event. Call it again only when it has resolved. Throws PhaseFailed when it cannot be written: `OutOfDisk`
   * where there is no room for it.
   */
  add(event: DriverEvent): Promise<void>;
}

/** Starts `events.jsonl` in a folder; beyond so many bytes it takes no more and says so. Throws PhaseFailed as `add`. */
export async function openEventLog(folder: string, maxBytes: number): Promise<EventLog> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = await open(join(folder, eventsName), flags, 0o600).catch(fail);
  let size = 0;
  let isFull = false;

  async function write(entry: object): Promise<void> {
    const line = `${JSON.stringify({ at: Date.now(), ...entry })}\n`;
    size += Buffer.byteLength(line);
    isFull = size > maxBytes;
    await file.appendFile(isFull ? `${JSON.stringify({ cut: `at ${maxBytes} bytes` })}\n` : line);
  }

  return {
    async add(event) {
      if (!isFull) await write({ event }).catch(fail);
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

const noRoom = new Set(['ENOSPC', 'EDQUOT']);

function fail(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && 'code' in error && noRoom.has(String(error.code));
  const message = `the agent's events cannot be kept in ${eventsName}: ${why}`;
  throw new PhaseFailed(isFull ? 'OutOfDisk' : 'AgentFailed', message, { cause: error });
}
