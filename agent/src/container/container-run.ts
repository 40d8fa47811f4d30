import { mkdir, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';

import type { ContainerEnd } from '@verve/contract/container';

import { formatEnd, isGood } from './container-end.ts';
import type { ContainerSetting } from './container-setting.ts';
import { containerTimes, type Container, type ContainerTimes, type Ended } from './container.ts';
import { cannotStart } from './group-program.ts';
import { leftNames, readOutcome, readUsage } from './left-file.ts';
import { createLineStream } from './line-stream.ts';
import { countMemoryKills, memoryFiles } from './memory-kills.ts';
import { runPhaseProgram } from './phase-program.ts';
import { runPublish } from './publish-program.ts';
import { writeTermination } from './termination-file.ts';

/** What of the world around it a test may replace. */
export interface ContainerWorld {
  /** The descriptor of the container's stream. */
  readonly fd: number;
  readonly times: ContainerTimes;
  readonly memoryFiles: readonly string[];
}

/** The world of a real container. */
export const containerWorld: ContainerWorld = { fd: 1, times: containerTimes, memoryFiles };

/**
 * Runs one phase in its container: tells its output, its usage or its ticks by one stream, and its end by the termination
 * file. Resolves, once all is told, with the exit code: 0 lets Kubernetes start the next container. The signal stops it.
 */
export async function runContainer(
  setting: ContainerSetting,
  { fd, times, memoryFiles }: ContainerWorld,
  signal: AbortSignal,
): Promise<number> {
  const stream = createLineStream(fd);
  const container: Container = { setting, stream, times, clock: () => uptime() * 1_000 };
  const killsBefore = await countMemoryKills(memoryFiles);
  const { how, rest } = await runPhase(container, signal);
  const left = await readLeft(setting);
  const ended: ContainerEnd = { ...left, ...how, ...(signal.aborted && { stopped: true }) };
  const isKilled = !isGood(ended) && (await countMemoryKills(memoryFiles)) > killsBefore;
  const end = { ...ended, ...(isKilled && { outOfMemory: true }) };
  // Told before the rest of the output, which a slow reader may hold up for longer than this container is left alone.
  const isTold = await tellEnd(container, end);
  await rest;
  await stream.drained();
  return isTold && isGood(end) ? 0 : 1;
}

async function runPhase(container: Container, signal: AbortSignal): Promise<Ended> {
  try {
    await prepare(container.setting);
    if (signal.aborted) return { how: {}, rest: Promise.resolve() };
    const run = container.setting.phase === 'publish' ? runPublish : runPhaseProgram;
    return await run(container, signal);
  } catch (error) {
    return { how: { exit: cannotStart(error) }, rest: Promise.resolve() };
  }
}

/** What an earlier phase laid there is not this one's. */
async function prepare({ folders, out }: ContainerSetting): Promise<void> {
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const name of leftNames) await rm(join(out, name), { recursive: true, force: true });
}

async function readLeft({ phase, out }: ContainerSetting): Promise<Pick<ContainerEnd, 'outcome' | 'usage'>> {
  const outcome = await readOutcome(out);
  const usage = phase === 'agent' && !outcome?.usage ? await readUsage(out) : undefined;
  return { ...(outcome && { outcome }), ...(usage && { usage }) };
}

async function tellEnd({ setting, stream, times }: Container, end: ContainerEnd): Promise<boolean> {
  try {
    await writeTermination(setting.terminationFile, formatEnd(end), times.roomMs);
    return true;
  } catch (error) {
    void stream.write('e', [`verve-agent: the end of the container cannot be told: ${String(error)}`]);
    return false;
  }
}
