import { pino } from 'pino';
import { expect, test } from 'vitest';

import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { startFakeApiServer } from '../testing/kubernetes/fake-api-server.ts';
import { shellSpec, silent, temporaryFolder } from '../testing/run.ts';
import { agentRunOf, type AgentRun } from './agent-run.ts';
import { openCluster } from './cluster.ts';
import { newsOf, type Condition, type ConditionChange } from './conditions.ts';
import { createRunEvents, eventOf } from './run-events.ts';

const birth = { spec: shellSpec('https://git.example/x.git', 'true'), timeoutSeconds: 60 };
const made = agentRunOf(birth, { installation: 'events', worker: 'test' });
const agentRun: AgentRun = { ...made, metadata: { name: 'run-1', uid: '1-2-3' } };

const change = (type: string, status: 'True' | 'False', reason: string): ConditionChange => ({
  type,
  status,
  reason,
  message: `${type} is ${status}`,
});

test.each([
  [change('Claimed', 'True', 'Claimed'), 'Normal'],
  [change('Complete', 'True', 'PullRequestOpened'), 'Normal'],
  [change('Complete', 'True', 'AgentFailed'), 'Warning'],
  [change('Running', 'False', 'ImagePullFailed'), 'Warning'],
  [change('Scheduled', 'False', 'Pending'), undefined],
  [change('LogsDrained', 'True', 'LogsDrained'), undefined],
])('%o is told as %s', (told, type) => {
  expect(eventOf(told)?.type).toBe(type);
});

test('what is known already is no news', () => {
  const known: Condition = { ...change('Running', 'False', 'Pending'), lastTransitionTime: '' };

  expect(newsOf([known], [change('Running', 'False', 'Pending')])).toEqual([]);
  const news = [change('Running', 'False', 'ImagePullFailed'), change('Scheduled', 'True', 'Scheduled')];
  expect(newsOf([known], news)).toEqual(news);
});

test('a long message is cut', () => {
  const told = eventOf({ ...change('Running', 'False', 'ImagePullFailed'), message: 'x'.repeat(2_000) });

  expect(told?.message).toHaveLength(1_024);
});

test('an Event that is refused is logged, and disturbs nobody', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeApiServer(folder.path, () => ({ code: 403 }));
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const events = createRunEvents(openCluster({ kubeconfig: server.kubeconfig }), logger);

  await events.tell(agentRun, [change('Claimed', 'True', 'Claimed')]);

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('an Event of an AgentRun cannot be told');
});

const why = whyNoCluster(process.env);

test.skipIf(why !== undefined)('kubectl finds the Events of an AgentRun', { timeout: 60_000 }, async () => {
  await using cluster = await openNamespace(`verve-events-${process.pid}`);
  const { core, namespace } = cluster;

  await createRunEvents(cluster, silent).tell(agentRun, [
    change('Claimed', 'True', 'Claimed'),
    change('Complete', 'True', 'OutOfMemory'),
  ]);

  const fieldSelector = 'involvedObject.uid=1-2-3,involvedObject.kind=AgentRun';
  const { items } = await core.listNamespacedEvent({ namespace, fieldSelector });
  const told = items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  expect(new Set(told)).toEqual(
    new Set(['Normal Claimed: Claimed is True', 'Warning OutOfMemory: Complete is True']),
  );
});
