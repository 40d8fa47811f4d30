import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { kubectlIn } from '../kubernetes/kubectl.ts';
import { makeNamespace } from '../kubernetes/own-namespace.ts';
import { root, startEntry } from '../programs.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { build, openOverlay, type BuiltObject } from './overlay.ts';

const secrets = '/etc/verve/secrets';
const secretFile = new RegExp(String.raw`${secrets}/(\S+)`, 'g');
const kubectl = kubectlIn(`verve-manifests-${randomBytes(3).toString('hex')}`);
const { namespace } = kubectl;
const namespaceLabels = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
  'verve.dev/keep': 'true',
};

describe('the manifests', () => {
  let made: AsyncDisposable | undefined;
  beforeEach((context) => skipWithout('kubernetes', context));
  beforeAll(async () => {
    if (whyMissing('kubernetes', thisMachine) !== undefined) return;
    const [own] = await namespaces();
    made = await makeNamespace(kubectl, own?.metadata.labels);
  });
  afterAll(async () => made?.[Symbol.asyncDispose]());

  test('are what the charts make; else run `npm run manifests`', async () => {
    const ended = await startEntry('scripts/manifests.ts', {}, ['--check']).ended;

    expect(ended).toEqual({ code: 0, out: '', err: '' });
  });

  test.each(['manifests/server', 'manifests/worker', 'manifests/example'])(
    '%s: what an API server takes without a word, in whatever namespace',
    async (folder) => {
      using overlay = openOverlay({ over: [folder], namespace });

      const objects = await build(kubectl, overlay.folder);
      // The namespace warns of pods that keep to less than the level `restricted`.
      const dryRun = ['--dry-run=server', '--validate=strict', '--warnings-as-errors'];
      const told = await kubectl.run(['apply', '--kustomize', overlay.folder, ...dryRun]);

      expect(told.trim().split('\n')).toHaveLength(objects.length);
      expect(objects.flatMap(namespacesOf).filter((named) => named !== namespace)).toEqual([]);
    },
  );

  // The root as it is, without an overlay: a `namespace` over it renames both its Namespaces to one, which kustomize refuses.
  // Nor is it applied: `verve` and `verve-server` may be missing here, or a person's. Its objects are those of the parts, which
  // the API server has seen in a namespace of this test.
  test('have a namespace for each part, which outlives a removal and is at the level "restricted"', async () => {
    const all = await build(kubectl, join(root, 'manifests'));
    const parts = ['manifests/server', 'manifests/worker'].map((part) => build(kubectl, join(root, part)));

    const labels = (await namespaces()).map(({ metadata }) => [metadata.name, metadata.labels]);
    expect(labels).toEqual([
      ['verve', expect.objectContaining(namespaceLabels)],
      ['verve-server', expect.objectContaining(namespaceLabels)],
    ]);
    const others = all.filter(({ kind }) => kind !== 'Namespace');
    expect(sorted(others)).toEqual(sorted((await Promise.all(parts)).flat()));
  });

  test.each(['manifests/worker', 'manifests/example'])('%s: settings that a worker takes', async (folder) => {
    const { settings, files } = workerOf(await build(kubectl, join(root, folder)));
    const named = Array.from(settings.matchAll(secretFile), ([, path]) => path);

    expect(settings).toBe(readFileSync(join(root, folder, 'worker.yaml'), 'utf8'));
    expect(new Set(named)).toEqual(new Set(files));
    expect(await checkSettings(settings, files)).toMatchObject({ code: 0, err: '' });
  });

  test('are changed by an overlay: its settings, images, Secrets and rules of the network', async () => {
    const base = await build(kubectl, join(root, 'manifests/worker'));
    const example = await build(kubectl, join(root, 'manifests/example'));

    expect(workerOf(example).image).toBe('registry.example/team/verve-worker:0.1.0');
    expect(workerOf(example).configMap).not.toBe(workerOf(base).configMap);
    expect(JSON.stringify(example)).toContain('"cidr":"10.20.30.40/32"');
  });
});

function sorted(objects: readonly BuiltObject[]): readonly BuiltObject[] {
  const place = ({ kind, metadata }: BuiltObject): string => `${kind} ${metadata.namespace} ${metadata.name}`;
  return objects.toSorted((one, other) => place(one).localeCompare(place(other)));
}

/** Those that come with both parts. */
async function namespaces(): Promise<readonly BuiltObject[]> {
  return (await build(kubectl, join(root, 'manifests'))).filter(({ kind }) => kind === 'Namespace');
}

function namespacesOf({ kind, metadata, subjects = [] }: BuiltObject): readonly (string | undefined)[] {
  if (kind === 'CustomResourceDefinition') return [];
  return [metadata.namespace, ...subjects.map((subject) => subject.namespace)];
}

interface BuiltWorker {
  readonly image: string | undefined;
  /** The name of the one that its pod mounts. */
  readonly configMap: string;
  /** Its file `worker.yaml`. */
  readonly settings: string;
  /** Of Secrets, as the pod has them below one folder. */
  readonly files: readonly string[];
}

/** Throws where the worker's pod does not have its settings. */
function workerOf(objects: readonly BuiltObject[]): BuiltWorker {
  const named = (kind: string, name: string): BuiltObject =>
    objects.find((it) => it.kind === kind && it.metadata.name === name) ??
    expect.fail(`there is no ${kind} ${name}`);
  const pod = named('Deployment', 'verve-worker').spec?.template?.spec;
  const volume = (name: string): NonNullable<typeof pod>['volumes'][number] | undefined =>
    pod?.volumes.find((it) => it.name === name);
  const configMap = volume('config')?.configMap?.name ?? '';
  return {
    image: pod?.containers[0]?.image,
    configMap,
    settings: named('ConfigMap', configMap).data?.['worker.yaml'] ?? '',
    files: (volume('secrets')?.projected?.sources ?? []).flatMap(({ secret }) =>
      secret.items.map(({ path }) => path),
    ),
  };
}

/** `verve-worker config check` where the files of Secrets are. */
async function checkSettings(settings: string, files: readonly string[]): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-settings-'));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'verve_secret', { mode: 0o600 });
    }
    const file = join(folder, 'worker.yaml');
    writeFileSync(file, settings.replaceAll(secrets, folder));
    return await startEntry('worker/src/main.ts', { VERVE_CONFIG: file }, ['config', 'check']).ended;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
