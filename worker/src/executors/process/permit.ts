import { readBootId } from '../../process-identity.ts';
import { uptimeMs } from '../../uptime.ts';
import { writeWhole } from '../../whole-file.ts';
import { exists, readJson } from './plain-file.ts';
import type { RunFolder } from './run-folder.ts';

/** By the machine's uptime, since the wall clock may be set; of no use once the machine has started again. */
interface PermitFile {
  readonly untilUptimeMs: number;
  readonly bootId?: unknown;
}

/** The leave of a run to publish. */
export interface Permit {
  /** Ms left of it; not above zero when it is over. */
  readonly leftMs: number;
  /** Another one for each extension. */
  readonly id: string;
}

/** The latest permit of a run; undefined when it never had one, or one that the run spoilt. */
export async function readPermit(folder: RunFolder): Promise<Permit | undefined> {
  const found = await readJson(folder.permit);
  if (!isPermitFile(found)) return undefined;
  const isOfThisBoot = found.bootId === readBootId();
  return { leftMs: isOfThisBoot ? found.untilUptimeMs - uptimeMs() : 0, id: JSON.stringify(found) };
}

/** There is a permit, and time left of it. */
export function isValid(permit: Permit | undefined): boolean {
  return permit !== undefined && permit.leftMs > 0;
}

/** There is something in the place of the permit that is none, and none will take its place. */
export async function isPermitSpoilt(folder: RunFolder): Promise<boolean> {
  // Looked for first: one that is there stays readable when it is replaced.
  return (await exists(folder.permit)) && (await readPermit(folder)) === undefined;
}

/** Lets a run publish for that long from now, or as long as it may already. */
export async function extendPermit(folder: RunFolder, forMs: number): Promise<void> {
  if (await isPermitSpoilt(folder)) return;
  const before = await readPermit(folder);
  const untilUptimeMs = uptimeMs() + Math.max(forMs, before?.leftMs ?? 0);
  await writeWhole(folder.permit, JSON.stringify({ untilUptimeMs, bootId: readBootId() }));
}

function isPermitFile(value: unknown): value is PermitFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'untilUptimeMs' in value &&
    Number.isFinite(value.untilUptimeMs)
  );
}
