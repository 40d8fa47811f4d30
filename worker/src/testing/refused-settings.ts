/** Where settings are wrong, the settings, and what is said of them. */
type Refused = readonly [path: string, settings: object, why: string];

const gitHubApp = { appId: 1, privateKeyFile: '/k' };

/** What a JSON Schema cannot tell: it looks at one entry of a list at a time, and at no two settings far apart. */
export const refusedByTheWorkerAlone: readonly Refused[] = [
  [
    'agents',
    {
      agents: [
        { name: 'a', driver: 'demo' },
        { name: 'a', driver: 'demo' },
      ],
    },
    'must not have two of the same name',
  ],
  [
    'agents.0.maxCostUsd',
    { agents: [{ name: 'a', driver: 'codex', model: 'm', maxCostUsd: 1 }], prices: {} },
    'cannot be kept without an entry of "prices"',
  ],
  [
    'forges',
    { forges: [{ prefix: 'https://github.com' }, { prefix: 'https://github.com' }] },
    'must not have two of the same prefix',
  ],
  [
    'kubernetes.resources.agent.requests.memory',
    { kubernetes: { resources: { agent: { requests: { memory: '8Gi' } } } } },
    'must be no more than the limit, which is 4Gi',
  ],
  ['agentCommand', { executor: 'kubernetes', agentCommand: ['x'] }, 'is for the executor "process" alone'],
];

/** Settings that a worker does not start with. */
export const refusedSettings: readonly Refused[] = [
  ...refusedByTheWorkerAlone,
  [
    'agents.0.command',
    { agents: [{ name: 'a', driver: 'demo', command: ['x'] }] },
    'is for the driver "command" alone',
  ],
  ['repositories.0', { repositories: ['https://me:secret@git.example/**'] }, 'must not carry a login'],
  ['repositories.0', { repositories: ['https://token@git.example/**'] }, 'must not carry a login'],
  [
    'credentials.0.prefix',
    { credentials: [{ prefix: 'https://me:secret@git.example', passwordFile: '/p' }] },
    'must not carry a login',
  ],
  ['serverUrl', { serverUrl: 'ftp://verve.example' }, 'must be an http or https URL'],
  ['serverUrl', { serverUrl: 'https://me:secret@verve.example' }, 'must not carry a login'],
  [
    'agents.0.modelHost.baseUrl',
    { agents: [{ name: 'a', driver: 'pi', model: 'm' }] },
    'is needed by the drivers "opencode", "qwen", "pi"',
  ],
  [
    'agents.0.modelHost.baseUrl',
    { agents: [{ name: 'a', driver: 'claude', modelHost: { baseUrl: 'https://secret@host.example' } }] },
    'must not carry a login',
  ],
  [
    'forges.0.pullRequest.title',
    { forges: [{ prefix: 'https://github.com', pullRequest: { title: '{titel}: {title}' } }] },
    'may have {title}, {task} and {agent}',
  ],
  [
    'forges.0.kind',
    { forges: [{ prefix: 'https://github.com', kind: 'gitlab' }] },
    'is not what stands behind the prefix',
  ],
  [
    'forges.0.kind',
    { forges: [{ prefix: 'https://git.example', kind: 'none', tokenFile: '/t' }] },
    'opens nothing',
  ],
  [
    'kubernetes.podTemplate.spec.hostNetwork',
    { kubernetes: { podTemplate: { spec: { hostNetwork: true } } } },
    'is what runs stand on',
  ],
  ['serverUrl', { serverUrl: 'http://verve.example:99999' }, 'must be an http or https URL'],
  ['serverUrl', { serverUrl: 'http://' }, 'must be an http or https URL'],
  ['kubernetes.storage', { kubernetes: { storage: '500m' } }, 'must be an amount of bytes'],
  [
    'kubernetes.resources.agent.limits.memory',
    { kubernetes: { resources: { agent: { limits: { memory: '512m' } } } } },
    'must be an amount of bytes',
  ],
  [
    'kubernetes.tolerations.0.operator',
    { kubernetes: { tolerations: [{ operator: 'Exist' }] } },
    'must be one of "Exists", "Equal"',
  ],
  ['kubernetes.nodeSelector.pool', { kubernetes: { nodeSelector: { pool: 'a b' } } }, 'must be a value'],
  [
    'kubernetes.podTemplate.metadata.labels.team',
    { kubernetes: { podTemplate: { metadata: { labels: { team: 'a b' } } } } },
    'must be a value',
  ],
  ['kubernetes.runtimeClassName', { kubernetes: { runtimeClassName: 'GVisor' } }, 'must be a name'],
  [
    'agents.0.environment.1A',
    { agents: [{ name: 'a', driver: 'demo', environment: { '1A': 'x' } }] },
    'has a key that must be of letters',
  ],
  ['network.proxy', { network: { proxy: 'socks5://proxy.example' } }, 'must be an http or https URL'],
  ['agents.0.command', { agents: [{ name: 'a', driver: 'command' }] }, 'is needed by the driver "command"'],
  [
    'agents.0.modelHost',
    { agents: [{ name: 'a', driver: 'demo', modelHost: { baseUrl: 'https://host.example' } }] },
    'is not for the drivers',
  ],
  [
    'agents.0.modelHost.api',
    { agents: [{ name: 'a', driver: 'claude', modelHost: { api: 'openai' } }] },
    'is for the drivers',
  ],
  [
    'forges.0.prefix',
    { forges: [{ prefix: 'git.example', kind: 'none' }] },
    'must be an https, ssh or file URL',
  ],
  ['forges.0.kind', { forges: [{ prefix: 'https://git.example' }] }, 'is needed where the prefix is neither'],
  [
    'forges.0.apiUrl',
    { forges: [{ prefix: 'git@git.example:acme', kind: 'gitea', tokenFile: '/t' }] },
    'is needed where the prefix is no https URL',
  ],
  [
    'forges.0.app',
    { forges: [{ prefix: 'https://git.example', kind: 'gitea', app: gitHubApp }] },
    'is for the kind "github" alone',
  ],
  [
    'forges.0.app',
    { forges: [{ prefix: 'https://gitlab.com', app: gitHubApp }] },
    'is for the kind "github" alone',
  ],
  [
    'forges.0.app',
    { forges: [{ prefix: 'https://github.com', tokenFile: '/t', app: gitHubApp }] },
    'stands instead of "tokenFile"',
  ],
];

/** Settings that look like some of these, and are none of them. */
export const takenSettings: readonly object[] = [
  { serverUrl: 'HTTPS://verve.example:8443/base' },
  { serverUrl: 'http://[::1]:8080/base' },
  {
    kubernetes: {
      storage: '129e6',
      resources: { agent: { requests: { cpu: 1, memory: '.5Gi' }, limits: { memory: '1.5Gi', cpu: '2' } } },
    },
  },
  { network: { proxy: 'http://me:secret@proxy.example:3128' } },
  { repositories: ['git@git.example:**', 'ssh://git@git.example/**', 'https://git.example/a/*'] },
  { agents: [{ name: 'a', driver: 'command', command: ['x'] }] },
  {
    agents: [
      { name: 'a', driver: 'pi', modelHost: { baseUrl: 'https://host.example', api: 'anthropic' } },
      { name: 'b', driver: 'claude', modelHost: { keyFile: '/k' } },
      { name: 'c', driver: 'claude' },
    ],
  },
  {
    forges: [
      { prefix: 'https://GitHub.com', app: gitHubApp },
      { prefix: 'git@github.com:acme', kind: 'github', tokenFile: '/t' },
      { prefix: 'https://gitlab.com', pullRequest: { title: '{task}: {title}' } },
      { prefix: 'https://git.example', kind: 'github', app: gitHubApp },
      { prefix: 'git@git.example:acme', kind: 'gitea', apiUrl: 'https://git.example/api/v1' },
      { prefix: 'file:///srv', kind: 'none' },
    ],
  },
  {
    kubernetes: {
      podTemplate: {
        metadata: {
          labels: { team: 'a' },
          annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'x' },
        },
        spec: { securityContext: { supplementalGroups: [1] }, volumes: [{ name: 'cache', emptyDir: {} }] },
        containers: {
          agent: {
            env: [{ name: 'LANG', value: 'C' }],
            volumeMounts: [{ name: 'cache', mountPath: '/var/cache/' }],
          },
        },
      },
    },
  },
];
