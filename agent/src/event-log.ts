import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { DriverEvent } from './driver-event.ts';

const eventsName = 'events.jsonl';

/** Every event of the run, whole, on the customer's side. */
export interface EventLog extends AsyncDisposable {
  /** Appends an event. Call it again only when it has resolved. */
  add(event: DriverEvent): Promise<void>;
}

/** Starts `events.jsonl` in a folder; beyond so many bytes it takes no more and says so. */
export async function openEventLog(folder: string, maxBytes: number): Promise<EventLog> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = await open(join(folder, eventsName), flags, 0o600);
  let size = 0;
  let isFull = false;

  async function write(entry: object): Promise<void> {
    const line = `${JSON.stringify({ at: Date.now(), ...entry })}\n`;
    size += Buffer.byteLength(line);
    isFull = size > maxBytes;
    await file.appendFile(isFull ? `${JSON.stringify({ cut: `at ${maxBytes} bytes` })}\n` : line);
  }

  return {
    add: async (event) => (isFull ? undefined : write({ event })),
    [Symbol.asyncDispose]: async () => file.close(),
  };
}
