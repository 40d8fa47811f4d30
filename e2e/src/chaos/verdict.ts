import { parseLogPosition, type Client, type TaskDetail } from '@verve/contract';

import type { EitherServer } from '../replicas.ts';
import type { Published } from './destination.ts';
import { branchOf, judgePullRequests } from './forge-verdict.ts';

/** What was lost, doubled or done twice, in words; empty when nothing was. */
export type Losses = readonly string[];

/** What to judge by. */
export interface Evidence {
  readonly admin: EitherServer;
  readonly published: Published;
  /** Of one task's log. */
  readonly lines: number;
}

/** Looks at one task that has ended: once, published once, every line of its last attempt once and in order. */
export async function judge(
  { admin, published, lines }: Evidence,
  task: TaskDetail,
): Promise<{ end: string; losses: Losses }> {
  const why = task.status === 'completed' ? '' : `: ${task.message ?? ''}`;
  const end = `${task.status} ${task.reason ?? ''}${why}`;
  const losses = [...judgeEnd(task), ...judgePushes(published, task)];
  if (published.forge) losses.push(...judgePullRequests(published.forge, task));
  if (task.status === 'completed') losses.push(...(await judgeLog(admin, task, lines)));
  return { end, losses: losses.map((loss) => `${task.id} (${end}): ${loss}`) };
}

function judgeEnd({ attempts, status }: TaskDetail): string[] {
  const completed = attempts.filter((attempt) => attempt.status === 'completed').length;
  const running = attempts.filter((attempt) => attempt.status === 'running').length;
  const expected = status === 'completed' ? 1 : 0;
  return [
    ...(completed === expected ? [] : [`${completed} attempts completed`]),
    ...(running === 0 ? [] : [`${running} attempts still run`]),
  ];
}

/** An attempt pushes once at most, and what the task says is what the branch has. */
function judgePushes(published: Published, task: TaskDetail): string[] {
  const { attempts, status, commit } = task;
  const pushes = published.pushesTo(branchOf(task));
  const problems: string[] = [];
  if (pushes.length > attempts.length) {
    problems.push(`${pushes.length} pushes by ${attempts.length} attempts`);
  }
  if (new Set(pushes).size < pushes.length) problems.push('a commit was pushed twice');
  if (status === 'completed' && pushes.at(-1) !== commit) {
    problems.push(`the branch has ${pushes.at(-1) ?? 'nothing'}, the task says ${commit ?? 'nothing'}`);
  }
  return problems;
}

async function judgeLog(admin: EitherServer, { id, attempt }: TaskDetail, lines: number): Promise<string[]> {
  const seen = await admin.ask((client) => readNumbers(client, id, attempt));
  const firstWrong = seen.findIndex((number, index) => number !== index + 1);
  if (firstWrong < 0 && seen.length === lines) return [];
  const at = firstWrong < 0 ? seen.length : firstWrong;
  return [`${seen.length} of ${lines} lines; after line ${at} comes ${seen[at] ?? 'the end'}`];
}

/** The numbers of the agent's lines, in the order of the log. */
async function readNumbers(client: Client, id: string, attempt: number): Promise<number[]> {
  const numbers: number[] = [];
  let after = `${attempt}.0`;
  for (;;) {
    const query = { attempt: String(attempt), after, limit: '200' };
    const page = await client.ask('readLogs', { params: { id }, query });
    const found = page.chunks.flatMap((chunk) => chunk.lines);
    numbers.push(...found.flatMap((line) => Number(/^line (\d+)$/.exec(line)?.[1] ?? Number.NaN) || []));
    if (page.chunks.length === 0 || parseLogPosition(page.next).attempt > attempt) return numbers;
    after = page.next;
  }
}
