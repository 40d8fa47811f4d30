import { seconds, type Fault } from './fault.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import type { World } from './world.ts';

const any = /^/;

/** What goes wrong on the way to a part, which a proxy stands before in some worlds. */
export function faultsOfProxy(
  part: string,
  proxyOf: (world: World) => FaultyProxy | undefined,
): readonly Fault[] {
  const isPossible = (world: World): boolean => proxyOf(world) !== undefined;

  function fault(name: string, inject: (proxy: FaultyProxy, ...given: Given) => Promise<void>): Fault {
    return {
      name,
      isPossible,
      inject: async (world, ...given) => {
        const proxy = proxyOf(world);
        if (proxy) await inject(proxy, ...given);
      },
    };
  }

  return [
    fault(`connections to the ${part} cut`, async (proxy, random) => {
      for (let cuts = 0; cuts < 10; cuts += 1) {
        await proxy.untilCalled(any, 1);
        // Few calls take longer.
        await seconds(random.between(0, 0.05));
        proxy.cut();
      }
    }),
    fault(`connections to the ${part} stalled`, async (proxy, random) => {
      proxy.mood = 'stalled';
      await proxy.untilCalled(any, 10);
      await seconds(random.between(2, 8));
      proxy.mood = 'well';
    }),
    fault(`10 % of the calls of the ${part} end with 5xx`, async (proxy, random, scale) => {
      proxy.mood = 'failing';
      await seconds(random.between(10, 60) * scale);
      proxy.mood = 'well';
    }),
  ];
}

type Given = Parameters<Fault['inject']> extends [World, ...infer Rest] ? Rest : never;
