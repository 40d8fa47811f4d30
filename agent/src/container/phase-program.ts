import type { Container, Ended } from './container.ts';
import { startGroup, stopInSteps, type GroupProgram } from './group-program.ts';
import { takeOutput } from './program-output.ts';
import { watchUsage } from './usage-watch.ts';

/** The program of a phase, with its output on the way. */
export interface PhaseProgram {
  readonly program: GroupProgram;
  /** Resolves when it has ended and nothing is left of its group. */
  readonly ended: Promise<Ended>;
}

/** Starts the program, which the signal stops. */
export function startPhaseProgram(
  { setting, stream, times }: Container,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
): PhaseProgram {
  const program = startGroup(setting.command, { ...setting.environment, ...more });
  const output = program.outputs && takeOutput(program.outputs, stream);
  const stop = (): void => void stopInSteps(program, times.graceMs);
  signal.addEventListener('abort', stop, { once: true, signal: program.gone });

  async function end(): Promise<Ended> {
    const exit = await program.exit;
    program.signal('SIGKILL');
    return { how: { exit }, rest: output?.finish(times.silenceMs) ?? Promise.resolve() };
  }

  return { program, ended: end() };
}

/** Runs the program of checkout or agent; of the latter it tells what is used. */
export async function runPhaseProgram(container: Container, signal: AbortSignal): Promise<Ended> {
  const { program, ended } = startPhaseProgram(container, {}, signal);
  const { setting, stream, times } = container;
  const watch = { stream, out: setting.out, lookMs: times.usageLookMs };
  if (setting.phase === 'agent') void watchUsage(watch, program.gone);
  return ended;
}
