import { z } from 'zod';

import { readBootId } from '../../process-identity.ts';
import { uptimeMs } from '../../uptime.ts';
import { readJson, writeWhole, type RunFolder } from './run-folder.ts';

/** By the machine's uptime, since the wall clock may be set; of no use once the machine has started again. */
const permitFile = z.object({ untilUptimeMs: z.number(), bootId: z.string().optional() });

/** The leave of a run to publish. */
export interface Permit {
  /** Ms left of it; not above zero when it is over. */
  readonly leftMs: number;
  /** Another one for each extension. */
  readonly id: string;
}

/** The latest permit of a run; undefined when it never had one. */
export async function readPermit(folder: RunFolder): Promise<Permit | undefined> {
  const found = await readJson(folder.permit, permitFile);
  if (found === undefined) return undefined;
  const isOfThisBoot = found.bootId === readBootId();
  return { leftMs: isOfThisBoot ? found.untilUptimeMs - uptimeMs() : 0, id: JSON.stringify(found) };
}

/** There is a permit, and time left of it. */
export function isValid(permit: Permit | undefined): boolean {
  return permit !== undefined && permit.leftMs > 0;
}

/** Lets a run publish for that long from now, or as long as it may already. */
export async function extendPermit(folder: RunFolder, forMs: number): Promise<void> {
  const before = await readPermit(folder);
  const untilUptimeMs = uptimeMs() + Math.max(forMs, before?.leftMs ?? 0);
  await writeWhole(folder.permit, JSON.stringify({ untilUptimeMs, bootId: readBootId() }));
}
