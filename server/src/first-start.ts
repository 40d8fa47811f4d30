import { defaultProjectName, newId } from '@verve/contract';

import type { Clock } from './clock.ts';
import { sha256 } from './digest.ts';
import { newSecret } from './secret.ts';
import { NameTaken, type Storage } from './storage/storage.ts';

/** A server without projects gets its first one. */
export async function ensureProject({ projects }: Pick<Storage, 'projects'>, clock: Clock): Promise<void> {
  if ((await projects.list()).length > 0) return;
  const project = { id: newId('project'), name: defaultProjectName, createdAt: clock.now() };
  await unlessTaken(projects.create(project));
}

/**
 * Sees to it that somebody can administer the server: with the key that was given, or, when there is no admin key at
 * all, with a new one, which is returned this once. A key that was given before stays valid until it is revoked.
 */
export async function ensureAdminKey(
  { keys }: Pick<Storage, 'keys'>,
  clock: Clock,
  given: string | undefined,
): Promise<string | undefined> {
  const record = { id: newId('key'), role: 'admin', createdAt: clock.now() } as const;
  if (given !== undefined) {
    const hash = sha256(given);
    if (await keys.findByHash(hash)) return undefined;
    await unlessTaken(keys.create({ ...record, name: 'VERVE_ADMIN_KEY', hash }));
    return undefined;
  }

  const { secret, hash } = newSecret('verve_');
  const isFirst = await keys.createFirstAdmin({ ...record, name: 'first admin key', hash });
  return isFirst ? secret : undefined;
}

/** Another replica that starts at the same time may have been first. */
async function unlessTaken(creating: Promise<void>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!(error instanceof NameTaken)) throw error;
  }
}
