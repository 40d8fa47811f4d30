import { parseLogPosition, type Client, type TaskDetail } from '@verve/contract';

import type { World } from './world.ts';

/** What was lost, doubled or done twice, in words; empty when nothing was. */
export type Losses = readonly string[];

/** Looks at one task that has ended: once, published once, every line of its last attempt once and in order. */
export async function judge(
  world: World,
  id: string,
  lines: number,
): Promise<{ end: string; losses: Losses }> {
  const task = await world.admin.ask((client) => client.ask('getTask', { params: { id } }));
  const why = task.status === 'completed' ? '' : `: ${task.message ?? ''}`;
  const end = `${task.status} ${task.reason ?? ''}${why}`;
  const losses = [...judgeEnd(task), ...judgePushes(world, task)];
  if (task.status === 'completed') losses.push(...(await judgeLog(world, task, lines)));
  return { end, losses: losses.map((loss) => `${id} (${end}): ${loss}`) };
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
function judgePushes(world: World, { id, attempts, status, commit }: TaskDetail): string[] {
  const pushes = world.remote.pushesTo(`verve/${id}`);
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

async function judgeLog(world: World, { id, attempt }: TaskDetail, lines: number): Promise<string[]> {
  const seen = await world.admin.ask((client) => readNumbers(client, id, attempt));
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
