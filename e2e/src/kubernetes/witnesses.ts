import type { ClusterWorld } from './world.ts';

/** How an attempt ended, to one who tells it. */
export interface ToldEnd {
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** The same end as the server, `kubectl` and the worker's log tell it, and what is left in the cluster. */
export interface Testimony {
  readonly api: ToldEnd;
  readonly agentRun: ToldEnd & { readonly phase: string | undefined };
  readonly condition: ToldEnd & { readonly status: string | undefined };
  readonly log: ToldEnd;
  /** Jobs, pods and Secrets of the attempt. */
  readonly left: readonly string[];
}

interface AgentRun {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly (ToldEnd & { readonly type: string; readonly status: string })[];
  };
}

/** One try at a task. */
export interface AttemptOf {
  readonly taskId: string;
  readonly attempt: number;
}

/** What the objects of an attempt are called. */
export function objectNameOf({ taskId, attempt }: AttemptOf): string {
  return `${taskId.replace('_', '-')}-${attempt}`;
}

/** Selects the objects of an attempt. */
export function selectorOf({ taskId, attempt }: AttemptOf): string {
  return `--selector=verve.dev/task=${taskId},verve.dev/attempt=${attempt}`;
}

/** What a failed attempt should be told of everywhere, and leave behind. */
export function sameEverywhere(end: ToldEnd): Testimony {
  return {
    api: end,
    agentRun: { phase: 'Failed', ...end },
    condition: { status: 'True', ...end },
    log: end,
    left: [],
  };
}

/** Asks everybody, once the AgentRun says that nothing of the attempt is in hand any more. */
export async function testimonyOf(here: ClusterWorld, ref: AttemptOf): Promise<Testimony> {
  const { kubectl, client } = here;
  const name = `agentrun/${objectNameOf(ref)}`;
  await kubectl.run(['wait', name, '--for=condition=Complete', '--timeout=60s']);
  await kubectl.run(['wait', 'pods,jobs', selectorOf(ref), '--for=delete', '--timeout=60s']);
  const { attempts } = await client.ask('getTask', { params: { id: ref.taskId } });
  const { status } = await kubectl.get<AgentRun>(name);
  const complete = status?.conditions?.find(({ type }) => type === 'Complete');
  const names = await kubectl.run(['get', 'jobs,pods,secrets', selectorOf(ref), '--output=name']);
  return {
    api: endOf(attempts.find(({ attempt }) => attempt === ref.attempt)),
    agentRun: { phase: status?.phase, ...endOf(status) },
    condition: { status: complete?.status, ...endOf(complete) },
    log: endOf(await loggedEnd(here, ref)),
    left: names.split('\n').filter((line) => line !== ''),
  };
}

function endOf(told: Partial<ToldEnd> | undefined): ToldEnd {
  return { reason: told?.reason, message: told?.message };
}

/** What the worker's log says of an attempt's end. */
export async function loggedEnd(here: ClusterWorld, ref: AttemptOf): Promise<Partial<ToldEnd> | undefined> {
  const lines = (await here.workerLog()).split('\n').filter((line) => line.startsWith('{'));
  const entries = lines.map((line) => JSON.parse(line) as Partial<ToldEnd & AttemptOf> & { msg: string });
  return entries.find(
    ({ msg, taskId, attempt }) => msg === 'attempt ended' && taskId === ref.taskId && attempt === ref.attempt,
  );
}

const countLine = /^verve_worker_attempts_total\{status="[a-z]+",reason="(\w+)"\} (\d+)$/gm;

/** Ended attempts by reason, as the workers' metrics count them, all their pods together. */
export async function countedReasons({ kubectl }: ClusterWorld): Promise<Readonly<Record<string, number>>> {
  const workers = '--selector=app.kubernetes.io/name=verve-worker';
  const pods = await kubectl.run(['get', 'pods', workers, '--output=name']);
  const counts: Record<string, number> = {};
  for (const pod of pods.split('\n').filter((line) => line !== '')) {
    const path = `/api/v1/namespaces/${kubectl.namespace}/pods/${pod.replace('pod/', '')}:8081/proxy/metrics`;
    const text = await kubectl.run(['get', '--raw', path]);
    for (const [, reason = '', count] of text.matchAll(countLine)) {
      counts[reason] = (counts[reason] ?? 0) + Number(count);
    }
  }
  return counts;
}
