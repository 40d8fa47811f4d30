import type { Endpoint, Role } from '@verve/contract';
import type { FastifyRequest } from 'fastify';

import type { Clock } from '../clock.ts';
import { sha256 } from '../digest.ts';
import { ServiceError } from '../service-error.ts';
import type { KeyRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';

/** The cookie that holds a web page's session. */
export const sessionCookie = 'verve_session';

/** Who makes a call. */
export interface Caller {
  readonly keyId: string;
  readonly role: Role;
  readonly name: string;
  /** What the key is bound to; undefined for an admin, who sees every project. */
  readonly projectId: string | undefined;
  /** When the key, or the session, ends. */
  readonly expiresAt: number | undefined;
  /** What the caller presented, hashed. */
  readonly credential: Credential;
}

type Credential =
  | { readonly kind: 'key'; readonly hash: string }
  | { readonly kind: 'session'; readonly hash: string };

/** Finds out who calls. Throws StorageUnavailable. */
export interface Authenticator {
  /** Undefined: nothing presented, or nothing that is valid now. */
  identify(credential: Credential | undefined): Promise<Caller | undefined>;
}

/** Looks each credential up by its hash, every time, so that a revoked key ends at once on every replica. */
export function createAuthenticator(
  storage: Pick<Storage, 'keys' | 'sessions'>,
  clock: Clock,
): Authenticator {
  async function find(
    credential: Credential,
  ): Promise<{ key: KeyRecord; sessionExpiresAt?: number } | undefined> {
    if (credential.kind === 'session') {
      const found = await storage.sessions.find(credential.hash);
      return found && { key: found.key, sessionExpiresAt: found.session.expiresAt };
    }
    const key = await storage.keys.findByHash(credential.hash);
    return key && { key };
  }

  return {
    async identify(credential) {
      const found = credential && (await find(credential));
      if (!found) return undefined;
      const { key } = found;
      const expiresAt = earliest(key.expiresAt, found.sessionExpiresAt);
      if (expiresAt !== undefined && expiresAt <= clock.now()) return undefined;
      const { id: keyId, role, name, projectId } = key;
      return { keyId, role, name, projectId, expiresAt, credential };
    },
  };
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** What a request presents: the key in its header, else the session in its cookie. */
export function credentialOf(request: FastifyRequest): Credential | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const key = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    return key === undefined ? undefined : { kind: 'key', hash: sha256(key) };
  }
  const token = request.cookies[sessionCookie];
  return token === undefined || token === '' ? undefined : { kind: 'session', hash: sha256(token) };
}

/** Where a call arrived. */
interface Place {
  readonly request: FastifyRequest;
  /** The address that people use, if it is known. */
  readonly publicUrl: string | undefined;
}

/** Lets the caller make this call, or throws. */
export function authorize(
  caller: Caller | undefined,
  endpoint: Pick<Endpoint, 'method' | 'role'>,
  place: Place,
): Caller {
  if (!caller) {
    throw new ServiceError('Unauthenticated', 'a valid key is needed: Authorization: Bearer verve_…');
  }
  if (endpoint.method !== 'GET' && caller.credential.kind === 'session' && isFromElsewhere(place)) {
    throw new ServiceError('PermissionDenied', 'a session is good for calls from its own page alone');
  }
  if (caller.role === 'admin' || endpoint.role === 'any' || endpoint.role === caller.role) return caller;
  throw new ServiceError(
    'PermissionDenied',
    `a key with the role "${endpoint.role}" is needed; this one has "${caller.role}"`,
  );
}

/** SameSite=Strict lets pages of sibling hosts through; browsers tell of them here, or, where http is plain, by the origin alone. */
function isFromElsewhere({ request, publicUrl }: Place): boolean {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined) return site === 'same-site' || site === 'cross-site';
  if (origin === undefined) return false;
  const host = hostOf(origin);
  return host === undefined || (host !== request.host && host !== hostOf(publicUrl));
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.host;
}
