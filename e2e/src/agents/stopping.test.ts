import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { task as taskSchema, type Task } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { git, processesOf } from '../programs.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { scripted, startAgentWorld, type AgentWorld } from './agent-world.ts';
import { codingAgents, type CodingAgent } from './coding-agents.ts';

const limitMs = 300_000;
const remotes = mkdtempSync(join(tmpdir(), 'verve-remotes-'));
const repository = `file://${remotes}/sample`;

let world: AgentWorld | undefined;

/** The world of these tests; there whenever a test was not skipped. */
function here(): AgentWorld {
  if (!world) throw new Error('there is no world');
  return world;
}

beforeAll(async () => {
  if (whyMissing('agents', thisMachine)) return;
  const remote = join(remotes, 'sample');
  mkdirSync(remote);
  await git(remote, 'init', '--quiet', '--initial-branch=main');
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.test'];
  await git(remote, ...author, 'commit', '--quiet', '--allow-empty', '-m', 'Begin');
  world = await startAgentWorld([repository]);
}, limitMs);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  rmSync(remotes, { recursive: true, force: true });
});

/**
 * A tool that goes on for long, with children, in a group of its own too. It is called again by a program that does not
 * wait for it.
 */
const long = {
  say: 'This takes long.',
  bash: "echo begun; (setsid sh -c 'exec sleep 610' &) ; sh -c 'sleep 620; true'",
};

async function give(agent: CodingAgent, timeoutSeconds: number): Promise<string> {
  const options = ['--agent', agent, '--repository', repository, '--timeout', `${timeoutSeconds}s`];
  const { out } = await here().verve('task', 'create', '--json', ...options, scripted(long));
  return taskSchema.parse(JSON.parse(out)).id;
}

async function taskOf(id: string): Promise<Task> {
  return here().client.ask('getTask', { params: { id } });
}

/** Processes that name the run, in their environment say. */
function processesOfRun(id: string): readonly string[] {
  return processesOf(id) ?? [];
}

/** The tool has come to its last process. */
function isSleeping(id: string): boolean {
  return processesOfRun(id).some((pid) => commandOf(pid).includes('sleep\x00620'));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await wait(100);
}

describe.each(codingAgents)('%s', (agent) => {
  test.concurrent(
    'is stopped in the midst of a tool, with all of it',
    { timeout: limitMs },
    async (context) => {
      skipWithout('agents', context);
      const id = await give(agent, 600);
      await until(() => isSleeping(id));

      await here().verve('task', 'cancel', id);
      await until(async () => (await taskOf(id)).status !== 'running');

      const task = await taskOf(id);
      expect(task).toMatchObject({ status: 'canceled', reason: 'Canceled' });
      expect(processesOfRun(id)).toEqual([]);
      // What it told until then counts.
      if (agent !== 'gemini' && agent !== 'opencode')
        expect(task.usage?.inputTokens).toBeGreaterThanOrEqual(1_000);
    },
  );

  test.concurrent('is stopped when its time is over', { timeout: limitMs }, async (context) => {
    skipWithout('agents', context);
    const id = await give(agent, 15);

    await until(async () => !['pending', 'running'].includes((await taskOf(id)).status));

    expect(await taskOf(id)).toMatchObject({ status: 'failed', reason: 'TimedOut' });
    expect(processesOfRun(id)).toEqual([]);
  });
});
