import { pause } from '../pause.ts';
import type { Container, Ended } from './container.ts';
import type { GroupProgram } from './group-program.ts';
import { readOutcome } from './left-file.ts';
import { readPermitFile } from './permit-file.ts';
import { createPermits } from './permits.ts';
import { startPhaseProgram } from './phase-program.ts';
import { startTicks } from './ticks.ts';

/**
 * Runs the program of publish as soon as it is permitted, and kills it when the permit ends, whether or not a worker is
 * there. Where the agent left nothing to publish it does not wait at all.
 */
export async function runPublish(container: Container, signal: AbortSignal): Promise<Ended> {
  const { setting, times, clock } = container;
  if (!(await hasWork(setting.agentOut))) return withoutProgram({ skipped: true });
  const permits = createPermits();
  using ticks = startTicks({ ...container, permits });

  async function leftMs(): Promise<number> {
    const permit = setting.permitFile === undefined ? undefined : await readPermitFile(setting.permitFile);
    if (permit) permits.take(permit);
    return permits.leftMs(clock());
  }

  async function killWhenOver(program: GroupProgram): Promise<boolean> {
    for (;;) {
      const left = await leftMs();
      if (program.gone.aborted) return false;
      if (left <= 0) break;
      await pause(Math.min(left, times.permitLookMs), program.gone);
    }
    program.signal('SIGKILL');
    return true;
  }

  let left = await leftMs();
  for (; left <= 0 && !signal.aborted; left = await leftMs()) await pause(times.permitLookMs, signal);
  if (signal.aborted) return withoutProgram({});
  ticks.run();
  const time = { VERVE_PUBLISH_SECONDS: String(left / 1_000) };
  const { program, ended } = startPhaseProgram(container, time, signal);
  const isKilled = await killWhenOver(program);
  const { how, rest } = await ended;
  // One that ended by itself at that very moment did so in time.
  const isOverdue = isKilled && how.exit !== undefined && 'signal' in how.exit;
  return { how: { ...how, ...(isOverdue && { overdue: true }) }, rest };
}

/** The agent did what it was for, and did change something. */
async function hasWork(agentOut: string): Promise<boolean> {
  const outcome = await readOutcome(agentOut);
  return outcome?.status === 'completed' && outcome.reason === undefined;
}

function withoutProgram(how: Ended['how']): Ended {
  return { how, rest: Promise.resolve() };
}
