import type { AttemptRef, LogLevel } from '@verve/contract';
import type { LineMasker, Masker } from '@verve/contract/masking';

import type { Executor, RunLine } from '../executor.ts';
import { formatCursor, parseCursor } from './masked-cursor.ts';
import type { Spool } from './spool.ts';

/** What taking a run's lines in takes. */
export interface Intake {
  readonly ref: AttemptRef;
  readonly level: LogLevel;
  readonly executor: Pick<Executor, 'follow'>;
  readonly spool: Pick<Spool, 'end' | 'append' | 'finish'>;
  readonly masker: Masker;
  /** Lets the masker know what is secret now. */
  readonly refresh: () => Promise<void>;
}

/**
 * Takes the lines of a run into its spool as fast as they come, masked, until the run has ended; on the signal it ends
 * early. Waits only where the disk is full: then nothing is lost as long as the source keeps its lines.
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
    await spool.append(told, signal);
  }
  await spool.finish(signal);
}

function maskLine(streams: Readonly<Record<RunLine['stream'], LineMasker>>, line: RunLine): RunLine {
  const text = streams[line.stream].mask(line.text);
  const cursor = formatCursor({ o: streams.o.state, e: streams.e.state }, line.cursor);
  return { ...line, text, cursor };
}
