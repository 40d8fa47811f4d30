/** One way to use the API server: what a rule of a Role allows. */
export type Call = `${string} ${string}`;

/** What is used of an event of the API server's audit log (`audit.k8s.io/v1`, level Metadata). */
interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** By the names of Roles, whatever their namespaces: how many there were of each call that they allowed. */
export type Calls = ReadonlyMap<string, ReadonlyMap<Call, number>>;

/** Reads the lines of an audit log. */
export async function callsByRole(lines: AsyncIterable<string>): Promise<Calls> {
  const all = new Map<string, Map<Call, number>>();
  for await (const line of lines) {
    const {
      verb,
      objectRef: { apiGroup = '', resource = '', subresource } = {},
      annotations,
    } = JSON.parse(line) as AuditEvent;
    const [, role] = / of Role "(.+?)" /.exec(annotations?.['authorization.k8s.io/reason'] ?? '') ?? [];
    if (role === undefined) continue;
    const calls = all.get(role) ?? new Map<Call, number>();
    all.set(role, calls);
    const call = callOf(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`);
    calls.set(call, (calls.get(call) ?? 0) + 1);
  }
  return all;
}

/** The calls that rules allow. */
export function callsOf(rules: readonly Rule[]): Set<Call> {
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => callOf(verb, group, resource))),
      ),
    ),
  );
}

function callOf(verb: string, group: string, resource: string): Call {
  return `${verb} ${group === '' ? resource : `${resource}.${group}`}`;
}
