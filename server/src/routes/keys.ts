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
    const removed = await storage.keys.remove(params.id, clock.now());
    if (removed === 'absent') throw notFound('key');
    if (removed === 'lastAdmin') {
      throw new ServiceError(
        'Conflict',
        'no other admin key is valid for as long as this one; make one before you revoke it',
      );
    }
    return undefined;
  });
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
