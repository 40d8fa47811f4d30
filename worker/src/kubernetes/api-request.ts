/** What a request to the API server is, in the words of its own rules for access. */
export interface ApiRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'other';
  /** As `pods` or `pods/log`; `other` for what is no resource. */
  readonly resource: string;
}

const resourcePath =
  /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+)(?:\/([a-z]+))?)?$/;

const verbs: Readonly<Record<string, ApiRequest['verb']>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Takes a request's method and its path with the query apart. */
export function apiRequestOf(method: string, path: string): ApiRequest {
  const { pathname, searchParams } = new URL(path, 'https://kubernetes');
  const [, kind, name, part] = resourcePath.exec(pathname) ?? [];
  const resource = kind === undefined ? 'other' : [kind, part].filter((one) => one !== undefined).join('/');
  if (method !== 'GET') return { verb: verbs[method] ?? 'other', resource };
  if (searchParams.get('watch') === 'true') return { verb: 'watch', resource };
  return { verb: name === undefined ? 'list' : 'get', resource };
}
