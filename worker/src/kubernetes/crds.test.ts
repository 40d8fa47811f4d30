import { limits, type RunSpec } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { shellSpec } from '../testing/run.ts';
import { agentRunOf, type AgentRun } from './agent-run.ts';
import { refusalOf } from './api-error.ts';
import { mergePatch, within, type Cluster } from './cluster.ts';
import { nameOf } from './object-store.ts';
import { group, version } from './run-objects.ts';

const why = whyNoCluster(process.env);
const never = new AbortController().signal;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(`definitions${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-crds-${process.pid}`);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  const place = (): { group: string; version: string; namespace: string; plural: string } => ({
    group,
    version,
    namespace: cluster.namespace,
    plural: 'agentruns',
  });

  /** Strictly: a field that the definition lacks is refused, not dropped. */
  async function make(more: Partial<RunSpec>): Promise<AgentRun> {
    const spec = { ...shellSpec('https://git.example/x.git', 'true'), ...more };
    const body = agentRunOf({ spec, timeoutSeconds: 60 }, { installation: 'crds', worker: 'test' });
    const { custom } = cluster;
    const made: unknown = await custom.createNamespacedCustomObject(
      { ...place(), body, fieldValidation: 'Strict' },
      within(never),
    );
    return made as AgentRun;
  }

  test('an AgentRun holds the longest that a task may have', async () => {
    const name = 'ä'.repeat(limits.nameLength);
    const longest = { title: name, baseBranch: name, repository: 'x'.repeat(limits.urlLength) };
    const { agent } = shellSpec('', '');

    const { spec } = await make({ ...longest, agent: { ...agent, name, model: name } });

    expect(spec).toMatchObject({ ...longest, agent: name, model: name });
  });

  test('what an AgentRun tells of its attempt cannot be changed', async () => {
    const name = nameOf(await make({}));
    const body = { spec: { agent: 'another' } };

    const call = cluster.custom.patchNamespacedCustomObject({ ...place(), name, body }, mergePatch(never));

    const refusal = await call.then(() => undefined, refusalOf);
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refusal?.message).toContain('make a task for other work');
  });
});
