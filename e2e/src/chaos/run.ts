import { setTimeout as pause } from 'node:timers/promises';

import { isTerminal, type TaskDetail } from '@verve/contract';

import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import { judgeRefs } from './forge-verdict.ts';
import { createRandom, type Random } from './random.ts';
import { judge, type Evidence } from './verdict.ts';
import { createWorld, type World } from './world.ts';

/** A chaos run; the same seed draws the same faults in the same order. */
export interface ChaosOptions {
  readonly database: 'postgres' | 'sqlite';
  /** Whether work goes to the forge that `FORGE_*` name, or to a repository on this machine. */
  readonly hasForge: boolean;
  /** How long faults are injected; then everything is mended and what was begun comes to its end. */
  readonly seconds: number;
  readonly seed: number;
  /** Which faults are drawn; absent: all. */
  readonly only?: RegExp;
  /** Told as it happens. */
  readonly say: (line: string) => void;
}

/** What was injected and what came of it. */
export interface ChaosReport {
  /** How often each fault was injected. */
  readonly injected: Readonly<Record<string, number>>;
  /** What calls suffered on the way to a part. */
  readonly calls: Readonly<Record<string, FaultyProxy['counts']>>;
  /** How many there are at the forge; undefined without one. */
  readonly pullRequests: number | undefined;
  /** How many tasks ended in each way. */
  readonly ends: Readonly<Record<string, number>>;
  /** What must not have happened, in words. */
  readonly losses: readonly string[];
}

const lines = 2_000;
const openTasks = 6;
const settleSeconds = 400;

/** Runs it. On the signal no more faults are injected. */
export async function runChaos(options: ChaosOptions, signal: AbortSignal): Promise<ChaosReport> {
  const random = createRandom(options.seed);
  const fullLength = 600;
  const scale = Math.min(1, options.seconds / fullLength);
  await using world = await createWorld({ ...options, capacity: 3, lines });
  options.say(`tasks work on ${world.destination.url}`);
  const until = performance.now() + options.seconds * 1_000;
  const isOver = (): boolean => signal.aborted || performance.now() >= until;

  const injected: Record<string, number> = {};
  const draw = createDraw(random, options.only ?? /^/);
  async function injectFaults(): Promise<void> {
    while (!isOver()) {
      await pause(random.between(500, 4_000));
      const fault = draw(world);
      if (!fault) continue;
      options.say(fault.name);
      injected[fault.name] = (injected[fault.name] ?? 0) + 1;
      await fault.inject(world, random, scale);
    }
  }

  const { admin, destination, proxy } = world;
  const both = [keepBusy(world, isOver), injectFaults()] as const;
  // Nothing may be injected into a world that is being taken down.
  await Promise.allSettled(both);
  const [ids] = await Promise.all(both);
  options.say(`all is mended; ${ids.length} tasks come to their end`);
  const stuck = await untilEnded(world, ids);
  const surprises = [world.server, world.worker].flatMap((part) => part.unexpectedEnd() ?? []);
  const published = await destination.published();
  return {
    injected,
    calls: { server: proxy.counts, ...(destination.proxy && { forge: destination.proxy.counts }) },
    pullRequests: published.forge?.pullRequests.length,
    ...(await judgeAll({ admin, published, lines }, ids, [...stuck, ...surprises])),
  };
}

/** Draws as from a bag, so that each fault comes once before one comes again; undefined while none is possible. */
function createDraw(random: Random, only: RegExp): (world: World) => Fault | undefined {
  const meant = faults.filter(({ name }) => only.test(name));
  const left = new Set<Fault>();
  return (world) => {
    const isPossible = (fault: Fault): boolean => fault.isPossible?.(world) ?? true;
    if (![...left].some(isPossible)) for (const fault of meant) left.add(fault);
    const possible = [...left].filter(isPossible);
    if (possible.length === 0) return undefined;
    const drawn = random.pick(possible);
    left.delete(drawn);
    return drawn;
  };
}

/** Creates tasks so that there are always some open; gives their ids. */
async function keepBusy({ admin, destination }: World, isOver: () => boolean): Promise<string[]> {
  const ids: string[] = [];
  while (!isOver()) {
    const { tasks } = await admin.ask((client) => client.ask('listTasks', { query: { limit: '50' } }));
    const open = tasks.filter((task) => !isTerminal(task.status)).length;
    if (open < openTasks) {
      const name = `chaos-${ids.length + 1}`;
      const body = {
        description: name,
        title: name,
        repository: destination.url,
        agent: 'counter',
        maxAttempts: 5,
      };
      // The answer may be lost: the key makes the repeat the same task.
      const headers = { 'Idempotency-Key': name };
      ids.push((await admin.ask((client) => client.ask('createTask', { body, headers }))).id);
    } else await pause(500);
  }
  return ids;
}

/** Waits for the end of each; tells of those that do not come to one. */
async function untilEnded(world: World, ids: readonly string[]): Promise<string[]> {
  const deadline = performance.now() + settleSeconds * 1_000;
  let open = ids;
  while (open.length > 0 && performance.now() < deadline) {
    open = await openOf(world, open);
    await pause(1_000);
  }
  return open.map((id) => `${id}: did not end within ${settleSeconds} s after everything was mended`);
}

async function openOf({ admin }: World, ids: readonly string[]): Promise<string[]> {
  const open: string[] = [];
  for (const id of ids) {
    const task = await admin.ask((client) => client.ask('getTask', { params: { id } }));
    if (!isTerminal(task.status)) open.push(id);
  }
  return open;
}

async function judgeAll(
  evidence: Evidence,
  ids: readonly string[],
  known: readonly string[],
): Promise<Pick<ChaosReport, 'ends' | 'losses'>> {
  const ends: Record<string, number> = {};
  const losses = [...known];
  if (ids.length === 0) losses.push('no task was created, so nothing was tried');
  const tasks: TaskDetail[] = [];
  for (const id of ids) {
    const task = await evidence.admin.ask((client) => client.ask('getTask', { params: { id } }));
    const verdict = await judge(evidence, task);
    tasks.push(task);
    ends[verdict.end] = (ends[verdict.end] ?? 0) + 1;
    losses.push(...verdict.losses);
  }
  losses.push(...judgeRefs(evidence.published, tasks));
  if (!tasks.some(({ status }) => status === 'completed')) losses.push('no task was completed');
  return { ends, losses };
}
