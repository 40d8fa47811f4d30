import { newId, type Key } from '@verve/contract';

import type { Mount } from '../http/endpoint.ts';
import { newSecret } from '../secret.ts';
import { invalid, notFound, ServiceError } from '../service-error.ts';
import type { KeyRecord } from '../storage/records.ts';
import type { RouteParts } from './parts.ts';
import { scopeOf } from './scope.ts';

/** What every key begins with, so that scanners for leaked secrets can know it. */
const keyPrefix = 'verve_';

/** Keys: listed, made (and shown, once), revoked. */
export function mountKeys(mount: Mount, { storage, clock }: RouteParts): void {
  mount('listKeys', async ({ caller, query }) => {
    const keys = await storage.keys.list(await scopeOf(caller, query.projectId, storage.projects));
    return { keys: keys.map(toWireKey) };
  });

  mount('createKey', async ({ body }) => {
    const now = clock.now();
    const expiresAt = body.expiresAt === undefined ? undefined : Date.parse(body.expiresAt);
    if (expiresAt !== undefined && expiresAt <= now) throw invalid('expiresAt', 'must be in the future');
    if (body.projectId !== undefined && !(await storage.projects.find(body.projectId))) {
      throw notFound('project');
    }
    const { secret, hash } = newSecret(keyPrefix);
    const { projectId, role, name } = body;
    const record = { id: newId('key'), projectId, role, name, hash, createdAt: now, expiresAt };
    await storage.keys.create(record);
    return { ...toWireKey(record), key: secret };
  });

  mount('deleteKey', async ({ params }) => {
    const keys = await storage.keys.list();
    const key = keys.find((candidate) => candidate.id === params.id);
    if (!key) throw notFound('key');
    if (key.role === 'admin' && !hasAnotherAdmin(keys, key, clock.now())) {
      throw new ServiceError('Conflict', 'this is the last admin key; make another one before you revoke it');
    }
    if (!(await storage.keys.remove(key.id))) throw notFound('key');
    return undefined;
  });
}

/** A server that nobody can administer any more helps nobody. An expired key does not count. */
function hasAnotherAdmin(keys: readonly KeyRecord[], key: KeyRecord, now: number): boolean {
  if (key.expiresAt !== undefined && key.expiresAt <= now) return true;
  return keys.some(
    (other) => other.id !== key.id && other.role === 'admin' && (other.expiresAt ?? Infinity) > now,
  );
}

function toWireKey({ id, projectId, role, name, createdAt, expiresAt }: KeyRecord): Key {
  return {
    id,
    projectId,
    role,
    name,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  };
}
