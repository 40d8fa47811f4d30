import { seconds, type Fault } from './fault.ts';
import { faultsOfProxy } from './proxy-faults.ts';
import type { Random } from './random.ts';
import { killAtOnce } from './run-processes.ts';
import { leaseSeconds, type World } from './world.ts';

/** All of them; a chaos run draws from these. */
export const faults: readonly Fault[] = [
  {
    name: 'kill -9 of the worker',
    inject: async ({ worker }, random) => {
      await worker.kill();
      await seconds(random.between(0, 4));
      worker.start();
    },
  },
  {
    name: 'kill -9 of the server',
    inject: async ({ server }, random) => {
      await server.kill();
      await seconds(random.between(0, 4));
      server.start();
    },
  },
  {
    name: 'kill -9 of a process of a phase',
    isPossible: (world) => world.phases().length > 0,
    inject: async (world, random) => {
      killAtOnce([random.pick(world.phases())]);
    },
  },
  {
    name: 'kill -9 of a run that publishes',
    isPossible: ({ destination }) => destination.proxy !== undefined,
    inject: async (world, random) => {
      // The push, the look for a pull request, and the call that opens it.
      const call = random.pick([/^POST .*receive-pack/, /^GET .*\/pulls/, /^POST .*\/pulls/]);
      await world.destination.proxy?.untilCalled(call, 15);
      await seconds(random.between(0, 0.2));
      killAtOnce(world.publishing());
    },
  },
  {
    name: 'kill -9 of Postgres',
    isPossible: ({ postgres }) => postgres !== undefined,
    inject: async ({ postgres }, random) => {
      postgres?.kill();
      await seconds(random.between(0, 4));
      await postgres?.start();
    },
  },
  {
    name: 'the worker stands still for longer than the lease',
    inject: async ({ worker }) => {
      worker.suspend();
      await seconds(leaseSeconds + 4);
      worker.resume();
    },
  },
  {
    name: 'the server stands still for longer than the lease',
    inject: async ({ server }) => {
      server.suspend();
      await seconds(leaseSeconds + 4);
      server.resume();
    },
  },
  ...faultsOfProxy('server', ({ proxy }) => proxy),
  ...faultsOfProxy('forge', ({ destination }) => destination.proxy),
  {
    name: 'the server is away for two minutes',
    inject: async ({ proxy }, _, scale) => {
      proxy.mood = 'away';
      await seconds(120 * scale);
      proxy.mood = 'well';
    },
  },
  {
    name: "the worker's disk is full",
    isPossible: ({ disks }) => disks.worker !== undefined,
    inject: async ({ disks }, random) => {
      disks.worker?.fill();
      await seconds(random.between(1, 6));
      disks.worker?.free();
    },
  },
  {
    name: "the server's disk is full",
    isPossible: ({ disks }) => disks.server !== undefined,
    inject: async ({ disks }, random) => {
      disks.server?.fill();
      await seconds(random.between(1, 6));
      disks.server?.free();
    },
  },
  {
    name: "the server's clock jumps",
    inject: async (world, random) => jumpClock(world, 'server', random),
  },
  {
    name: "the worker's clock jumps",
    inject: async (world, random) => jumpClock(world, 'worker', random),
  },
  {
    name: 'the forge is away',
    inject: async ({ destination }, random, scale) => {
      destination.setAway(true);
      await seconds(random.between(20, 60) * scale);
      destination.setAway(false);
    },
  },
];

/** An hour at most: more than a lease, less than what a task is given. */
async function jumpClock(world: World, part: 'server' | 'worker', random: Random): Promise<void> {
  world.setClock(part, random.between(-1_800_000, 1_800_000));
  await seconds(random.between(2, 10));
  world.setClock(part, 0);
}
