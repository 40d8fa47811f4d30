import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { folderOf } from '../charts/helm.ts';
import { dryRun, renderChart, type ClusterObject } from '../charts/rendered-chart.ts';
import { kubectlIn } from '../kubernetes/kubectl.ts';
import { makeNamespace } from '../kubernetes/own-namespace.ts';
import { root, startEntry } from '../programs.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { yamlBlocks, type YamlBlock } from './yaml-blocks.ts';

// Whoever copies YAML out of the documents gets what works: it is given to the worker, the chart or the API server.

type Mapping = YamlBlock['documents'][number];

const valuesFile = join(folderOf('verve-worker'), 'values.yaml');
const chartValues = new Set(Object.keys(parse(readFileSync(valuesFile, 'utf8')) as Mapping));

const blocks = yamlBlocks();
const isObject = (it: Mapping): it is Mapping & ClusterObject => 'apiVersion' in it && 'kind' in it;
const isValues = (it: Mapping): boolean =>
  !isObject(it) && Object.keys(it).every((key) => chartValues.has(key));
const objects = blocks.flatMap(({ place, documents }) =>
  documents.every(isObject) ? [{ place, documents }] : [],
);
const values = blocks.filter(({ documents }) => documents.every(isValues));
/** All others: what is nothing of these fails there. */
const settings = blocks.filter(
  (block) => !objects.some(({ place }) => place === block.place) && !values.includes(block),
);

describe('settings of the worker in the documents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verve-documents-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(settings)('$place', async ({ documents }) => {
    const given: Mapping = { repositories: ['**'], serverUrl: 'http://verve.example', ...documents[0] };
    const file = join(folder, 'worker.json');
    writeFileSync(file, JSON.stringify({ ...given, keyFile: undefined, key: 'verve_k' }));
    const check = startEntry('worker/src/main.ts', { VERVE_CONFIG: file }, ['config', 'check']);
    const { code, out, err } = await check.ended;

    expect(documents).toHaveLength(1);
    expect(code === 0 ? err : out + err).toBe('');
  });
});

describe('objects of the cluster in the documents', () => {
  const kubectl = kubectlIn(`verve-e2e-${randomBytes(3).toString('hex')}`);
  let namespace: AsyncDisposable | undefined;
  beforeEach((context) => skipWithout('kubernetes', context));
  beforeAll(async () => {
    if (whyMissing('kubernetes', thisMachine) !== undefined) return;
    namespace = await makeNamespace(kubectl);
    await kubectl.run(['apply', '--filename', join(root, 'crds')]);
  });
  afterAll(async () => namespace?.[Symbol.asyncDispose]());

  test.each(objects)('$place', async ({ documents }) => {
    expect(await dryRun(kubectl, documents)).toHaveLength(documents.length);
  });

  test.each(values)('values of a chart, $place', async ({ documents }) => {
    const from = { serverUrl: 'http://verve.example', keyFrom: { secret: 'key', key: 'key' } };
    const input = JSON.stringify({ config: { ...from, repositories: ['**'] }, ...documents[0] });
    const args = ['--no-hooks'];
    const made = await renderChart('verve-worker', { namespace: kubectl.namespace, args, input });

    expect(documents).toHaveLength(1);
    expect(await dryRun(kubectl, made)).toHaveLength(made.length);
  });
});

test('the documents have YAML of each kind', () => {
  for (const some of [settings, objects, values]) expect(some.length).toBeGreaterThan(1);
});
