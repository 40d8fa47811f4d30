/** What is done with a kind of object in the worker's namespace, and why. */
export interface Permission {
  /** API group; empty for the first one. */
  readonly group: string;
  /** As `pods` or `pods/log`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly why: string;
}

/** Every right that the worker needs, and no more: all of its namespace alone, and none to read a Secret. */
export const permissions: readonly Permission[] = [
  {
    group: 'verve.dev',
    resource: 'agentruns',
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    why: 'the journal of attempts',
  },
  { group: 'verve.dev', resource: 'agentruns/status', verbs: ['patch'], why: 'tells how attempts go' },
  { group: 'verve.dev', resource: 'workers', verbs: ['get', 'list', 'create'], why: 'shows the worker' },
  { group: 'verve.dev', resource: 'workers/status', verbs: ['patch'], why: 'tells how the worker is' },
  {
    group: 'batch',
    resource: 'jobs',
    verbs: ['get', 'list', 'create', 'patch', 'delete'],
    why: 'runs are Jobs',
  },
  {
    group: '',
    resource: 'pods',
    verbs: ['get', 'list', 'watch', 'patch'],
    why: 'sees how runs go, permits and stops them',
  },
  { group: '', resource: 'pods/log', verbs: ['get'], why: 'reads the logs of runs' },
  {
    group: '',
    resource: 'secrets',
    verbs: ['create', 'patch', 'delete'],
    why: 'gives runs what they log in with; reads none',
  },
  {
    group: '',
    resource: 'events',
    verbs: ['list', 'create'],
    why: 'sees why a run does not begin, and tells',
  },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['get', 'create', 'update'],
    why: 'one process of an installation is active',
  },
];

/** Every right that `uninstall` needs, and no more. */
export const uninstallPermissions: readonly Permission[] = [
  {
    group: 'verve.dev',
    resource: 'agentruns',
    verbs: ['list', 'patch', 'delete'],
    why: 'finds them, takes their finalizers, removes them',
  },
  { group: 'verve.dev', resource: 'workers', verbs: ['delete'], why: 'removes the Worker' },
  { group: '', resource: 'pods', verbs: ['list'], why: 'sees that the pods of runs are gone' },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['get', 'create', 'update', 'delete'],
    why: 'works beside no worker, and removes the Lease',
  },
];

/** A rule of a Role. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules of a Role that has these rights: few, and the same in whatever order the rights come. */
export function rulesOf(needed: readonly Permission[]): readonly RoleRule[] {
  const sorted = needed.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const alike = Map.groupBy(sorted, ({ group, verbs }) => [group, ...verbs.toSorted()].join(' '));
  return [...alike.values()].map((rights) => ({
    apiGroups: unique(rights.map(({ group }) => group)),
    resources: unique(rights.map(({ resource }) => resource)),
    verbs: unique(rights.flatMap(({ verbs }) => verbs)),
  }));
}

function nameOf({ group, resource }: Permission): string {
  return `${group}/${resource}`;
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)].toSorted();
}
