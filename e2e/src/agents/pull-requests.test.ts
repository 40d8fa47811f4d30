import { task as taskSchema } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { processesOf, startEntry } from '../programs.ts';
import { skipWithout, whyMissing, thisMachine } from '../requirements.ts';
import { modelKey, scripted, startForgedAgentWorld, type ForgedAgentWorld } from './agent-world.ts';
import { codingAgents } from './coding-agents.ts';

const limitMs = 300_000;

let world: ForgedAgentWorld | undefined;

/** The world of these tests; there whenever a test was not skipped. */
function here(): ForgedAgentWorld {
  if (!world) throw new Error('there is no world');
  return world;
}

beforeAll(async () => {
  if (whyMissing('agents', thisMachine) ?? whyMissing('forge', thisMachine)) return;
  world = await startForgedAgentWorld();
}, limitMs);

afterAll(async () => world?.[Symbol.asyncDispose]());

const summary = 'I added a greeting, **as asked**.';

describe.each(codingAgents)('%s', (agent) => {
  test('a task by the CLI becomes a pull request', { timeout: limitMs }, async (context) => {
    skipWithout('agents', context);
    skipWithout('forge', context);
    const repository = await here().forge.makeRepository(`greet-${agent}-${Date.now().toString(36)}`);
    const description = scripted(
      { write: { path: 'hello.txt', content: 'hello\n' } },
      { say: 'Now I commit it.', bash: "git add -A && git commit -q -m 'Add a greeting'" },
      { text: summary },
    );

    const title = 'Add a greeting';
    const options = ['--wait', '--json', '--agent', agent, '--title', title];
    const place = ['--repository', here().urlOf(repository)];

    const given = await here().verve('task', 'create', ...options, ...place, description);

    expect(`${given.out}${given.err}`).toContain('PullRequestOpened');
    const task = taskSchema.parse(JSON.parse(given.out));
    const [pull, ...others] = await here().forge.pullRequests(repository);
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ title, head: { ref: task.branch } });
    expect(pull?.body).toContain(summary);
    expect(pull?.body).toContain(`agent \`${agent}\``);
    expect(task.usage?.inputTokens).toBe(3_000);
    const log = (await here().verve('task', 'logs', task.id)).out;
    expect(log).toContain('Now I commit it.');
    expect(log).not.toMatch(/^\s*\{"/m);
    expect(log).not.toContain(modelKey);
  });
});

test(
  'two tasks at once on one repository do not disturb each other',
  { timeout: limitMs },
  async (context) => {
    skipWithout('agents', context);
    skipWithout('forge', context);
    const repository = await here().forge.makeRepository(`twice-${Date.now().toString(36)}`);
    const perform = async (name: string): Promise<string> => {
      const description = scripted(
        { write: { path: `${name}.txt`, content: `${name}\n` } },
        { bash: `ls; git add -A; git commit -q -m 'Add ${name}'` },
        { text: `I added ${name}.` },
      );
      const options = ['--agent', 'pi', '--title', name, '--repository', here().urlOf(repository)];
      return (await here().verve('task', 'create', '--wait', '--json', ...options, description)).out;
    };

    const tasks = (await Promise.all(['one', 'other'].map(perform))).map((out) =>
      taskSchema.parse(JSON.parse(out)),
    );

    expect(tasks.map(({ reason }) => reason)).toEqual(['PullRequestOpened', 'PullRequestOpened']);
    const files = await Promise.all(
      tasks.map(async ({ branch }) =>
        here().forge.call<{ name: string }[]>('GET', `/repos/${repository}/contents?ref=${branch}`),
      ),
    );
    const names = files.map((listed) =>
      listed.map(({ name }) => name).filter((name) => name.endsWith('.txt')),
    );
    expect(names).toEqual([['one.txt'], ['other.txt']]);
  },
);

test(
  'doctor asks each agent for its version, and its model host about the key',
  { timeout: limitMs },
  async (context) => {
    skipWithout('agents', context);
    skipWithout('forge', context);

    const { out, code } = await startEntry('worker/src/main.ts', here().workerEnvironment, ['doctor']).ended;

    for (const agent of codingAgents) {
      expect(out).toMatch(new RegExp(`✓ agent +"${agent}": ${agent} \\d+\\.\\d+\\.\\d+`));
      expect(out).toMatch(new RegExp(`✓ model host +"${agent}": http://\\S+ accepts the key`));
    }
    expect(code).toBe(0);
  },
);

test('nothing of them is left', async (context) => {
  skipWithout('agents', context);
  skipWithout('forge', context);
  const { folder, worker } = here();

  await worker.end('SIGTERM');

  const left = processesOf(folder) ?? [];
  // The server goes on.
  expect(left.length).toBeLessThanOrEqual(1);
});
