import type { Session } from '@verve/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { sha256 } from '../digest.ts';
import { sessionCookie, type Caller } from '../http/auth.ts';
import type { Mount } from '../http/endpoint.ts';
import { newSecret } from '../secret.ts';
import { ServiceError } from '../service-error.ts';
import type { RouteParts } from './parts.ts';

const sessionMs = 7 * 24 * 60 * 60 * 1000;

/** The web page's session: made from a key, asked who it is, ended. */
export function mountSession(mount: Mount, parts: RouteParts): void {
  const { storage, clock, authenticator } = parts;

  mount('createSession', async ({ body, request, reply }) => {
    const caller = await authenticator.identify({ kind: 'key', hash: sha256(body.key) });
    if (!caller) throw new ServiceError('Unauthenticated', 'this key is not valid');
    const now = clock.now();
    const expiresAt = Math.min(now + sessionMs, caller.expiresAt ?? Infinity);
    const { secret, hash } = newSecret('');
    await storage.sessions.create({ hash, keyId: caller.keyId, createdAt: now, expiresAt });
    setCookie({ request, reply, parts }, secret, Math.floor((expiresAt - now) / 1000));
    return toSession({ ...caller, expiresAt });
  });

  mount('getSession', async ({ caller }) => toSession(caller));

  mount('deleteSession', async ({ caller, request, reply }) => {
    if (caller.credential.kind === 'session') await storage.sessions.remove(caller.credential.hash);
    setCookie({ request, reply, parts }, '', 0);
    return undefined;
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly parts: RouteParts;
}

function setCookie({ request, reply, parts }: Exchange, value: string, maxAge: number): void {
  reply.setCookie(sessionCookie, value, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: request.protocol === 'https' || parts.http.publicUrl?.startsWith('https:') === true,
    maxAge,
  });
}

function toSession({ role, name, projectId, expiresAt }: Caller): Session {
  return {
    role,
    name,
    projectId,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  };
}
