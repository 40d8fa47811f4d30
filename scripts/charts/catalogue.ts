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
}

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
  },
  {
    name: 'verve-server',
    settings: 'server-settings.schema.json',
    decided: ['adminKey', 'databaseUrl', 'dataDir', 'host', 'metricsPort', 'port'],
    required: [],
    either: [],
  },
];
