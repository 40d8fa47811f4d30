/** A chart, and the settings of the program that it installs. */
export interface Chart {
  readonly name: 'verve-server' | 'verve-worker';
  /** The JSON Schema of the settings, below `docs/`. */
  readonly settings: string;
  /** Settings that the chart itself decides, or takes by values of its own. */
  readonly decided: readonly string[];
  /** Settings that have no default in a chart. */
  readonly required: readonly string[];
  /** Of these, one at least is needed. */
  readonly either: readonly string[];
  /** Settings whose default is another value of the chart: what is said of them. */
  readonly otherwise: Readonly<Record<string, string>>;
  /** Values that may hold a secret. */
  readonly unprinted: readonly UnprintedValue[];
}

/** A value that must not be printed where it is wrong, as the words of a schema print it. */
export interface UnprintedValue {
  /** As `config.forges.*.prefix`. */
  readonly path: string;
  /** What is said of it instead. */
  readonly words: string;
  /** The setting that has its rule. Absent: that of the same path below `config`. */
  readonly setting?: string;
}

const url = 'must be an http or https URL, without a login';
const prefix = 'must be an https, ssh or file URL or `user@host:`, and without a login';

/** Every chart. */
export const charts: readonly Chart[] = [
  {
    name: 'verve-worker',
    settings: 'worker-settings.schema.json',
    decided: [
      'agentCommand',
      'dataDir',
      'health',
      'keptEvents',
      'kubernetes.installation',
      'kubernetes.kubeconfig',
    ],
    required: ['serverUrl', 'repositories'],
    either: ['key', 'keyFrom'],
    otherwise: {
      name: 'The installation; unique within its project. Absent: the name of all objects.',
      'kubernetes.namespace': 'Where AgentRuns and Jobs are. Absent: that of the release.',
      'kubernetes.image':
        'For checkout and publish, and for agents that have no `image`. Absent: `image.agentRepository`.',
      'kubernetes.imagePullPolicy': 'Absent: `image.pullPolicy`.',
      'kubernetes.imagePullSecrets':
        'Names of Secrets to log in to registries with. Absent: `image.pullSecrets`.',
    },
    unprinted: [
      { path: 'config.serverUrl', words: url },
      { path: 'config.key', words: 'must be printable ASCII without spaces' },
      {
        path: 'config.network.proxy',
        words: 'must be an http or https URL, with @, /, ? and # of a password encoded',
      },
      { path: 'config.agents.*.modelHost.baseUrl', words: url },
      { path: 'config.repositories.*', words: 'must not carry a login: it goes to config.credentials' },
      { path: 'config.credentials.*.prefix', words: prefix },
      { path: 'config.forges.*.prefix', words: prefix },
      { path: 'config.forges.*.apiUrl', words: url },
    ],
  },
  {
    name: 'verve-server',
    settings: 'server-settings.schema.json',
    decided: ['adminKey', 'databaseUrl', 'dataDir', 'host', 'metricsPort', 'port'],
    required: [],
    either: [],
    otherwise: {},
    unprinted: [
      { path: 'config.publicUrl', words: url },
      {
        path: 'adminKey.value',
        setting: 'adminKey',
        words: 'must be printable ASCII without spaces, and of 16 to 200 characters',
      },
      {
        path: 'postgres.url',
        setting: 'databaseUrl',
        words:
          'must be a postgres:// URL, with @, /, ? and # of user and password encoded (%40, %2F, %3F, %23)',
      },
    ],
  },
];
