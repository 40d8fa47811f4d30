import { setTimeout as wait } from 'node:timers/promises';

import type { AttemptRef, LogLevel } from '@verve/contract';
import type { LineMasker, Masker } from '@verve/contract/masking';
import type { Logger } from 'pino';

import type { Executor, RunLine } from '../executor.ts';
import { formatCursor, parseCursor } from './masked-cursor.ts';
import type { Spool } from './spool.ts';

const troubleMs = 1_000;

/** What taking a run's lines in takes. */
export interface Intake {
  readonly ref: AttemptRef;
  readonly level: LogLevel;
  readonly executor: Pick<Executor, 'follow'>;
  readonly spool: Pick<Spool, 'end' | 'append' | 'finish'>;
  readonly masker: Masker;
  /** Lets the masker know what is secret now. */
  readonly refresh: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Takes the lines of a run into its spool as fast as they come, masked, until the run has ended; on the signal it ends
 * early. Waits only for the disk: then nothing is lost as long as the source keeps its lines.
 */
export async function takeIn(intake: Intake, signal: AbortSignal): Promise<void> {
  const { ref, executor, spool, refresh } = intake;
  const begun = parseCursor(spool.end);
  const { masker } = intake;
  const streams = { o: masker.lines(begun.states.o), e: masker.lines(begun.states.e), v: masker.lines(0) };
  for await (const lines of executor.follow(ref, begun.cursor, signal)) {
    await refresh();
    const masked = lines.map((line) => maskLine(streams, line));
    const told = intake.level === 'states' ? masked.filter((line) => line.stream === 'v') : masked;
    await persistently(intake, async () => spool.append(told), signal);
  }
  await persistently(intake, async () => spool.finish(), signal);
}

function maskLine(streams: Readonly<Record<RunLine['stream'], LineMasker>>, line: RunLine): RunLine {
  const text = streams[line.stream].mask(line.text);
  const cursor = formatCursor({ o: streams.o.state, e: streams.e.state }, line.cursor);
  return { ...line, text, cursor };
}

async function persistently(
  { logger }: Intake,
  write: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await write();
      if (tries > 0) logger.info({ tries }, 'the spool of the log takes lines again');
      return;
    } catch (error) {
      if (tries === 0) logger.error({ err: error }, 'the spool of the log cannot be written; trying on');
      await wait(troubleMs, undefined, { signal });
    }
  }
}
