import type { Readable } from 'node:stream';
import { setImmediate as afterReads } from 'node:timers/promises';

import type { LogLevel } from '@verve/contract';
import { createLineSplitter } from '@verve/contract/lines';

import type { DriverEvent, ProgramEvent } from './driver-event.ts';
import type { Driver } from './driver.ts';
import type { EventAssembly } from './event-assembly.ts';
import type { EventLog } from './event-log.ts';
import { createEventMemory } from './event-memory.ts';
import type { EventsFile } from './events-file.ts';
import { createLastLines } from './last-lines.ts';
import type { OutputClock } from './output-clock.ts';
import { pause } from './pause.ts';
import type { Printer } from './printer.ts';
import { tellEvent, tellRaw } from './told.ts';

const eventsLookMs = 100;
/** Whoever prints for longer than so many looks after the program's end is not waited for. */
const silentLooksAtMost = 10;

/** Where a program's words come from and go to. */
export interface IntakeParts {
  readonly driver: Pick<Driver, 'parse'>;
  /** Of one line of output, in bytes. */
  readonly lineBytes: number;
  readonly assembly: EventAssembly;
  readonly logLevel: LogLevel;
  readonly log: EventLog;
  readonly clock: OutputClock;
  readonly printer: Printer;
  readonly eventsFile: EventsFile | undefined;
}

/** Takes in what a program says, by its streams and its events file. Each call rejects when its words go nowhere. */
export interface Intake {
  /** Reads a stream to its end. One that breaks after the cut-off has ended: what came is kept. */
  read(stream: 'o' | 'e', from: Readable, cutOff: AbortSignal): Promise<void>;
  /** Reads what is appended to the events file, until the signal. */
  follow(signal: AbortSignal): Promise<void>;
  /** Reads the rest of the events file, and ends what has begun. */
  finish(): Promise<void>;
  /**
   * Resolves when nothing comes from the streams any more though they are open: nothing for so many ms, in which what had
   * come was taken. Or when much comes for long, or at the signal.
   */
  silence(ms: number, signal: AbortSignal): Promise<void>;
  /** The events that are remembered, oldest first. */
  events(): readonly DriverEvent[];
  /** The last lines that were no events, oldest first. */
  lastLines(): readonly string[];
}

/** What came of lines: events that are whole, and what is told of all of it, in order. */
interface Taken {
  readonly events: readonly DriverEvent[];
  readonly told: readonly (string | undefined)[];
}

/** Makes an intake: events go into memory and log, and what the log level allows of all words is printed. */
export function createIntake(parts: IntakeParts): Intake {
  const { driver, lineBytes, assembly, logLevel, log, clock, printer, eventsFile } = parts;
  const memory = createEventMemory();
  const lastLines = createLastLines();
  /** Events come from three places and are taken one after the other. */
  let queue = Promise.resolve();
  let pieces = 0;
  let isTaking = 0;

  async function tell(stream: 'o' | 'e', told: readonly (string | undefined)[]): Promise<void> {
    const lines = told.filter((line) => line !== undefined);
    if (lines.length === 0) return;
    await clock.during(async () => printer.print(stream, `${lines.join('\n')}\n`));
  }

  async function take(stream: 'o' | 'e', { events, told }: Taken): Promise<void> {
    // Remembered whatever becomes of them.
    for (const event of events) memory.add(event);
    const before = queue;
    queue = (async () => {
      await before.catch(() => undefined);
      // A full disk holds the program up; it is not silent then.
      if (events.length > 0) await clock.during(async () => log.add(events));
      await tell(stream, told);
    })();
    await queue;
  }

  function whole(parts: readonly ProgramEvent[]): Taken {
    const events = parts.flatMap((part) => assembly.push(part));
    return { events, told: events.map((event) => tellEvent(event, logLevel)) };
  }

  function takenOf(line: string, stream: 'o' | 'e'): Taken {
    const parts = driver.parse(line, stream);
    if (parts) return whole(parts);
    lastLines.add(line);
    return { events: [], told: [tellRaw(line, logLevel)] };
  }

  async function takeLines(stream: 'o' | 'e', lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    // Asked when the lines have come, which is soon enough: a program writes its first event before its first output.
    if (eventsFile?.isUsed() === true) {
      await tell(
        stream,
        lines.map((line) => tellRaw(line, logLevel)),
      );
      return;
    }
    const taken = lines.map((line) => takenOf(line, stream));
    await take(stream, {
      events: taken.flatMap(({ events }) => events),
      told: taken.flatMap(({ told }) => told),
    });
  }

  return {
    async read(stream, from, cutOff) {
      const splitter = createLineSplitter(lineBytes);
      for await (const piece of piecesOf(from, cutOff)) {
        clock.touch();
        pieces += 1;
        isTaking += 1;
        try {
          await takeLines(stream, splitter.push(piece));
        } finally {
          isTaking -= 1;
        }
      }
      await takeLines(stream, splitter.end());
    },
    async follow(signal) {
      if (!eventsFile) return;
      while (!signal.aborted) {
        const events = await eventsFile.read();
        if (events.length > 0) {
          clock.touch();
          await take('o', whole(events));
        }
        await pause(eventsLookMs, signal);
      }
    },
    async finish() {
      await take('o', whole((await eventsFile?.end()) ?? []));
      await take('o', whole(assembly.end()));
    },
    async silence(ms, signal) {
      for (let looks = 0, before = -1; looks < silentLooksAtMost && before !== pieces && !signal.aborted;) {
        before = pieces;
        await pause(ms, signal);
        // What came while this process had no turn is read before the next look.
        await afterReads();
        if (isTaking > 0) before = -1;
        else looks += 1;
      }
    },
    events: () => memory.all(),
    lastLines: () => lastLines.all(),
  };
}

async function* piecesOf(from: Readable, cutOff: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of from) yield piece;
  } catch (error) {
    // What is thrown where the pieces are used does not come here: only the stream itself breaks here.
    if (!cutOff.aborted) throw error;
  }
}
