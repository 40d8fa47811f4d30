import { setTimeout as pause } from 'node:timers/promises';

import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Something that goes wrong, and is mended again when it resolves. */
export interface Fault {
  readonly name: string;
  /** Absent: everywhere. */
  readonly isPossible?: (world: World) => boolean;
  /** `scale` stretches the long ones: 1 is the full length. */
  readonly inject: (world: World, random: Random, scale: number) => Promise<void>;
}

/** How long a fault lasts. */
export async function seconds(count: number): Promise<void> {
  await pause(count * 1_000);
}
