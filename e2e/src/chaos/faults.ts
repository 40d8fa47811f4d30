import { setTimeout as pause } from 'node:timers/promises';

import type { Random } from './random.ts';
import { leaseSeconds, type World } from './world.ts';

/** Something that goes wrong, and is mended again when it resolves. */
export interface Fault {
  readonly name: string;
  /** Absent: everywhere. */
  readonly isPossible?: (world: World) => boolean;
  /** `scale` stretches the long ones: 1 is the full length. */
  readonly inject: (world: World, random: Random, scale: number) => Promise<void>;
}

const seconds = (count: number): Promise<void> => pause(count * 1_000);

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
      const [pid] = [random.pick(world.phases())];
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
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
  {
    name: 'connections cut',
    inject: async ({ proxy }, random) => {
      for (let cuts = 0; cuts < 10; cuts += 1) {
        proxy.cut();
        await seconds(random.between(0, 0.5));
      }
    },
  },
  {
    name: 'connections stalled',
    inject: async ({ proxy }, random) => {
      proxy.mood = 'stalled';
      await seconds(random.between(2, 8));
      proxy.mood = 'well';
    },
  },
  {
    name: '10 % of the calls end with 5xx',
    inject: async ({ proxy }, random, scale) => {
      proxy.mood = 'failing';
      await seconds(random.between(10, 60) * scale);
      proxy.mood = 'well';
    },
  },
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
    inject: async ({ remote }, random, scale) => {
      remote.setAway(true);
      await seconds(random.between(5, 60) * scale);
      remote.setAway(false);
    },
  },
];

/** An hour at most: more than a lease, less than what a task is given. */
async function jumpClock(world: World, part: 'server' | 'worker', random: Random): Promise<void> {
  world.setClock(part, random.between(-1_800_000, 1_800_000));
  await seconds(random.between(2, 10));
  world.setClock(part, 0);
}
