import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { kubectlIn, type Kubectl } from '../kubernetes/kubectl.ts';
import { makeNamespace, restricted } from '../kubernetes/own-namespace.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { folderOf, helm, type Chart } from './helm.ts';
import { dryRun, renderChart, type ClusterObject } from './rendered-chart.ts';

/** What a chart needs at least. */
const least: Readonly<Record<Chart, readonly string[]>> = {
  'verve-server': [],
  'verve-worker': [
    '--set=config.serverUrl=http://verve.example',
    '--set=config.keyFrom.secret=key,config.keyFrom.key=key',
    '--set=config.repositories={https://git.example/**}',
  ],
};

const run = randomBytes(3).toString('hex');
const namespaces = {
  'verve-server': kubectlIn(`verve-charts-server-${run}`),
  'verve-worker': kubectlIn(`verve-charts-worker-${run}`),
} as const satisfies Record<Chart, Kubectl>;

function fullOf(chart: Chart): readonly string[] {
  const runs =
    chart === 'verve-worker' ? [`--set=config.kubernetes.namespace=${namespaces[chart].namespace}`] : [];
  return ['--values', join(folderOf(chart), 'ci', 'full-values.yaml'), ...runs];
}

async function rendered(chart: Chart, args: readonly string[]): Promise<readonly ClusterObject[]> {
  return renderChart(chart, { namespace: namespaces[chart].namespace, args });
}

describe.each(['verve-server', 'verve-worker'] as const)('the chart %s', (chart) => {
  const kubectl = namespaces[chart];
  let namespace: AsyncDisposable | undefined;
  beforeEach((context) => skipWithout('kubernetes', context));
  beforeAll(async () => {
    if (whyMissing('kubernetes', thisMachine) !== undefined) return;
    namespace = await makeNamespace(kubectl, restricted);
  });
  afterAll(async () => namespace?.[Symbol.asyncDispose]());

  test.each([
    ['least', least[chart]],
    ['full', fullOf(chart)],
  ])('with %s values has nothing that helm warns of', async (_name, values) => {
    const told = await helm(['lint', '--strict', folderOf(chart), ...values]);

    expect(told).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test.each([
    ['least', least[chart], []],
    // Of the Prometheus operator, which is not there.
    ['full', fullOf(chart), ['PodMonitor']],
  ])('with %s values makes what an API server takes', async (_name, values, unknown) => {
    const objects = await rendered(chart, values);

    // A pod alone needs its ServiceAccount at once.
    const known = objects.filter(({ kind }) => !['Pod', ...unknown].includes(kind));
    const told = await dryRun(kubectl, known);

    expect(told).toHaveLength(known.length);
    expect(objects.length - known.length).toBe(unknown.length + 1);
  });

  test('its pods are such as the level "restricted" takes', async () => {
    const objects = await rendered(chart, least[chart]);

    const pods = objects.flatMap((object) => podsOf(object));
    const own = { apiVersion: 'v1', kind: 'Pod' };
    const items = pods.map(({ metadata, spec }, n) => ({
      ...own,
      metadata: { ...metadata, name: `pod-${n}` },
      spec: { ...spec, serviceAccountName: 'default' },
    }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl.run(['create', '--dry-run=server', '--filename=-'], list);

    expect(items.length).toBeGreaterThan(1);
  });
});

interface Pod {
  readonly metadata: object;
  readonly spec: object;
}

function podsOf(object: ClusterObject): readonly Pod[] {
  if (object.kind === 'Pod') return [object as ClusterObject & Pod];
  if (!['Deployment', 'Job'].includes(object.kind)) return [];
  return [(object as ClusterObject & { readonly spec: { readonly template: Pod } }).spec.template];
}

test('runs are Jobs, also where the value that says so was taken away', async (context) => {
  skipWithout('kubernetes', context);

  const objects = await rendered('verve-worker', [...least['verve-worker'], '--set=config.executor=null']);

  expect(JSON.stringify(objects)).toContain(String.raw`executor: kubernetes\n`);
});

test('values that look like numbers, and those of null, make what an API server takes', async (context) => {
  skipWithout('kubernetes', context);
  const numbers = [
    '--set-string=fullnameOverride=12',
    '--set-string=image.registry=1,image.tag=7',
    '--set-string=config.name=5',
  ];
  const amounts =
    '--set=config.kubernetes.resources.agent.requests.cpu=1,resources.limits.cpu=1,spoolSizeLimit=129e6';
  const nothing = '--set=config.kubernetes.podTemplate.spec.hostNetwork=null';

  const objects = await rendered('verve-worker', [...least['verve-worker'], ...numbers, amounts, nothing]);
  const config = objects.find(({ kind }) => kind === 'ConfigMap');

  expect(JSON.stringify(config)).not.toContain('hostNetwork');
  expect(objects).toContainEqual(
    expect.objectContaining({
      kind: 'Deployment',
      metadata: expect.objectContaining({ name: '12' }) as unknown,
    }),
  );
});

describe('a wrong value stops the installation, with its path:', () => {
  beforeEach((context) => skipWithout('kubernetes', context));

  test.each([
    ['an unknown one', ['--set=foo=1'], ["at '': additional properties 'foo' not allowed"]],
    [
      'an unknown setting',
      ['--set=config.serverUr=x', '--set=config.credentials[0].pasword=x'],
      [
        "at '/config': additional properties 'serverUr' not allowed",
        "at '/config/credentials/0': additional properties 'pasword' not allowed",
      ],
    ],
    ['of another type', ['--set=config.capacity=many'], ["at '/config/capacity': got string, want integer"]],
    ['none of the choices', ['--set=config.executor=process'], ["at '/config/executor': value must be"]],
    [
      'half a reference',
      ['--set=config.keyFrom.key=null'],
      ["at '/config/keyFrom/key': got null, want string"],
    ],
    [
      'an address that is none',
      ['--set=config.serverUrl=verve.example:8080'],
      ['config.serverUrl: must be an http or https URL'],
    ],
    [
      'what would take from what runs stand on',
      ['--set=config.kubernetes.podTemplate.spec.hostNetwork=true'],
      ["at '/config/kubernetes/podTemplate/spec/hostNetwork': got boolean, want null"],
    ],
    [
      'what belongs to another driver',
      ['--set=config.agents[0].name=a,config.agents[0].driver=demo,config.agents[0].command={x}'],
      ["at '/config/agents/0/command': got array, want null"],
    ],
    [
      'a forge of no known kind',
      ['--set=config.forges[0].prefix=https://git.example'],
      ["at '/config/forges/0': missing property 'kind'"],
    ],
    [
      'a forge with a token that it has no use for',
      [
        '--set=config.forges[0].prefix=https://git.example,config.forges[0].kind=none',
        '--set=config.forges[0].tokenFrom.secret=git,config.forges[0].tokenFrom.key=token',
      ],
      ["at '/config/forges/0/tokenFrom': got object, want null"],
    ],
    [
      'the name of a Secret that none has',
      ['--set=config.keyFrom.secret=Verve_Key'],
      ["at '/config/keyFrom/secret': 'Verve_Key' does not match pattern"],
    ],
    [
      'a key that is no name of a file',
      ['--set=config.keyFrom.key=../key'],
      ["at '/config/keyFrom/key': '../key' does not match pattern"],
    ],
    [
      'the name of a namespace that none has',
      ['--set=config.kubernetes.namespace=Verve_Runs'],
      ["at '/config/kubernetes/namespace': 'Verve_Runs' does not match pattern"],
    ],
    [
      'no ports for DNS, which would open all',
      ['--set-json=networkPolicy.runs.dns.ports=[]'],
      ["at '/networkPolicy/runs/dns/ports': minItems"],
    ],
    [
      'nothing at all for the ports of DNS',
      ['--set=networkPolicy.runs.dns.ports=null'],
      ["at '/networkPolicy/runs/dns': missing property 'ports'"],
    ],
    [
      'a rule that would open all',
      ['--set-json=networkPolicy.runs.allow=[{}]'],
      ["at '/networkPolicy/runs/allow/0': missing property 'to'"],
    ],
    [
      'two of the same name',
      [
        '--set=config.agents[0].name=a,config.agents[0].driver=demo',
        '--set=config.agents[1].name=a,config.agents[1].driver=demo',
      ],
      ['config.agents.1.name: a is that of config.agents.0, too'],
    ],
    [
      'two for the same repositories',
      [
        '--set=config.credentials[0].prefix=https://a.example,config.credentials[1].prefix=https://a.example',
        '--set=config.credentials[0].passwordFrom.secret=a,config.credentials[0].passwordFrom.key=a',
        '--set=config.credentials[1].passwordFrom.secret=a,config.credentials[1].passwordFrom.key=a',
      ],
      ['config.credentials.1.prefix: https://a.example is that of config.credentials.0, too'],
    ],
    [
      'a variable that the chart stands on',
      ['--set=extraEnv[0].name=VERVE_EXECUTOR,extraEnv[0].value=process'],
      ['extraEnv.0.name: VERVE_EXECUTOR is a setting, which stands below `config`'],
    ],
    ['two keys', ['--set=config.key=verve_x'], ['config.key: stands instead of config.keyFrom']],
    [
      'a port that there cannot be',
      ['--set=config.serverUrl=http://verve.example:99999'],
      ['config.serverUrl: must be an http or https URL'],
    ],
    ['no section', ['--set=networkPolicy=null'], ["at '': missing property 'networkPolicy'"]],
    ['no policy of pulling', ['--set=image.pullPolicy=null'], ["at '/image': missing property 'pullPolicy'"]],
    [
      'a mount that is nowhere',
      ['--set=extraVolumeMounts[0].name=x'],
      ["at '/extraVolumeMounts/0': missing property 'mountPath'"],
    ],
    ['a label that is none', ['--set=podLabels.team=a b'], ["at '/podLabels/team': 'a b' does not match"]],
    [
      'a label that pods are found by',
      [String.raw`--set=podLabels.app\.kubernetes\.io/name=x`],
      ["podLabels: app.kubernetes.io/name is the chart's own"],
    ],
    [
      'an annotation that the chart has',
      ['--set=podAnnotations.checksum/config=x'],
      ["podAnnotations: checksum/config is the chart's own"],
    ],
    [
      'a number for a text',
      ['--set=podAnnotations.a=1'],
      ["at '/podAnnotations/a': got number, want string"],
    ],
    [
      'a toleration of another word',
      ['--set=tolerations[0].operator=Exist'],
      ["at '/tolerations/0/operator': value must be one of"],
    ],
    [
      'a probe of another word',
      ['--set=livenessProbe.period=1'],
      ["at '/livenessProbe': additional properties 'period' not allowed"],
    ],
    [
      'no share',
      ['--set=podDisruptionBudget.maxUnavailable=half'],
      ["at '/podDisruptionBudget/maxUnavailable'"],
    ],
    ['no interval', ['--set=metrics.podMonitor.interval=30'], ["at '/metrics/podMonitor/interval'"]],
    [
      'no range',
      ['--set=networkPolicy.runs.except[0]=me'],
      ["at '/networkPolicy/runs/except/0': 'me' does not"],
    ],
    ['an image that is none', ['--set=image.repository=Verve Worker'], ["at '/image/repository'"]],
    ['a digest that is none', ['--set=image.digest=latest'], ["at '/image/digest': 'latest' does not match"]],
    [
      'half a byte',
      ['--set=resources.limits.memory=512m'],
      ["at '/resources/limits/memory': '512m' does not"],
    ],
    [
      'half a byte for runs',
      ['--set=config.kubernetes.storage=500m'],
      ["at '/config/kubernetes/storage': '500m' does not match"],
    ],
    [
      'names that none has',
      ['--set=image.pullSecrets[0]=A b,serviceAccount.name=A,priorityClassName=A'],
      ["at '/image/pullSecrets/0'", "at '/serviceAccount/name'", "at '/priorityClassName'"],
    ],
    [
      'a variable that no Secret can keep',
      ['--set=config.agents[0].name=a,config.agents[0].driver=demo,config.agents[0].environment.1A=x'],
      ["at '/config/agents/0/environment': additional properties '1A' not allowed"],
    ],
    [
      'a phase that there is not',
      ['--set=config.kubernetes.podTemplate.containers.agents.tty=true'],
      ["at '/config/kubernetes/podTemplate/containers': additional properties 'agents' not allowed"],
    ],
    ['no quantity', ['--set=spoolSizeLimit=5x'], ["at '/spoolSizeLimit': '5x' does not match pattern"]],
    ['no list', ['--set=config.repositories=null'], ["at '/config': missing property 'repositories'"]],
  ])('%s', async (_name, wrong, problems) => {
    const told = await wordsOf(rendered('verve-worker', [...least['verve-worker'], ...wrong]));

    for (const problem of problems) expect(told).toContain(problem);
  });

  test.each([
    ['verve-worker', 'config.serverUrl', 'https://me:hush@verve.example'],
    ['verve-worker', 'config.key', 'hush hush'],
    ['verve-worker', 'config.network.proxy', 'http://me:hu@sh/x@proxy.example:3128'],
    ['verve-worker', 'config.repositories[0]', 'https://me:hush@git.example/**'],
    ['verve-server', 'config.publicUrl', 'https://me:hush@verve.example'],
    ['verve-server', 'adminKey.value', 'hush'],
    ['verve-server', 'postgres.url', 'postgres://me:hu@sh@host/verve'],
    ['verve-server', 'postgres.url', 'mysql://me:hush@host/verve'],
  ] as const)('%s, at %s, which may hold a secret and is not printed: %s', async (...row) => {
    const [chart, path, value] = row;

    const told = await wordsOf(rendered(chart, [...least[chart], `--set=${path}=${value}`]));

    expect(told.replaceAll(/helm template .*?: /g, '')).toContain(`${path.replace('[0]', '.0')}: must`);
    expect(told.split('Error: ').at(-1)).not.toMatch(/hush|hu@sh/);
  });

  test('the ones that a worker needs', async () => {
    const told = await wordsOf(rendered('verve-worker', []));

    expect(told).toContain("at '/config': missing properties 'serverUrl', 'repositories'");
    expect(told).toContain("at '/config': missing property 'keyFrom'");
  });

  test.each([
    ['replicas of a SQLite file', ['--set=replicas=2'], 'replicas: more than one takes Postgres'],
    [
      'two databases',
      ['--set=postgres.url=postgres://x,postgres.secret=x'],
      'postgres: takes a url or a secret',
    ],
    ['no host', ['--set=ingress.enabled=true,ingress.host=a b'], "at '/ingress/host': 'a b' does not"],
    [
      'a variable that the chart stands on',
      ['--set=extraEnv[0].name=VERVE_PORT,extraEnv[0].value=x'],
      'extraEnv.0.name: VERVE_PORT is a setting',
    ],
    ['a name that no Service has', ['--set=fullnameOverride=1a'], 'fullnameOverride: is needed with a name'],
    ['the claim of nobody', ['--set=persistence.existingClaim=A'], "at '/persistence/existingClaim'"],
    ['an Ingress without a name', ['--set=ingress.enabled=true'], 'ingress.host: is needed'],
    ['no size', ['--set=persistence.size=5Gx'], "at '/persistence/size': '5Gx' does not match pattern"],
    ['no address', ['--set=config.publicUrl=verve.example:80'], 'config.publicUrl: must be an http'],
    ['no proxies', ['--set=config.trustProxy=maybe'], "at '/config/trustProxy'"],
    [
      'leases that run out before they are renewed',
      ['--set=config.times.leaseSeconds=5'],
      'config.times.leaseSeconds: must be longer',
    ],
    ['a setting that has a value of its own', ['--set=config.port=80'], "additional properties 'port'"],
  ])('%s', async (_name, wrong, problem) => {
    expect(await wordsOf(rendered('verve-server', wrong))).toContain(problem);
  });
});

async function wordsOf(failing: Promise<unknown>): Promise<string> {
  const [outcome] = await Promise.allSettled([failing]);
  return outcome.status === 'rejected' ? String(outcome.reason) : 'nothing failed';
}
