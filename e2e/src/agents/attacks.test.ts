import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, describe, expect, test } from 'vitest';

import { startModelServer } from '../model-server/server.ts';
import { processesOf, type Running } from '../programs.ts';
import { skipWithout } from '../requirements.ts';
import { stackOf } from '../test-stack.ts';
import { createAgentRun, type AgentRun } from './agent-run.ts';
import { cellOf, createAttackTable } from './attack-table.ts';
import { attacks, attacksOn, type Attack } from './attacks.ts';
import { codingAgents, entryOf, type CodingAgent } from './coding-agents.ts';
import {
  exposures,
  filesWith,
  findingsOf,
  lookAround,
  readFinds,
  type Exposure,
  type Findings,
} from './exposures.ts';
import { startClosedRemote, startEavesdropper } from './listeners.ts';
import { startTrusting } from './trusting-program.ts';
import { createWitnesses, type Witnesses } from './witnesses.ts';

// What a repository does to the programs by files alone. Whether a plant is one at all is shown on the program without
// Verve's settings; else that nothing comes of it would show nothing.

const limitMs = 240_000;
const words = 'words-of-the-tree-4711';
const table = createAttackTable();

afterAll(() => table.keep());

describe.concurrent.each(codingAgents)('%s', (agent) => {
  test.concurrent.for(groupsOf(agent))(
    'without our settings: $name',
    { timeout: limitMs },
    async (group, context) => {
      skipWithout('agents', context);
      const planted = await plant({ agent, attacks: group.attacks }, stackOf(context));
      const { run, witnesses, modelUrl } = planted;
      const url = group.attacks.some(({ isWithoutHost }) => isWithoutHost === true) ? undefined : modelUrl;
      const place = { tree: run.tree, home: join(run.folder, 'home'), url, key: keyOf(agent) };

      const program = startTrusting(agent, { ...place, prompt: promptOf() });
      await waitFor(group, { ...planted, program });

      const ignored = namesOf(group.attacks, 'ignoredBy', agent);
      const names = group.attacks.map(({ name }) => name);
      expect(witnesses.seen()).toEqual(names.filter((name) => !ignored.includes(name)));
    },
  );

  test.concurrent('with our settings', { timeout: limitMs }, async (context) => {
    skipWithout('agents', context);
    const stack = stackOf(context);
    const remote = stack.use(await startClosedRemote());
    const { run, witnesses, heard } = await plant(
      { agent, attacks: attacksOn(agent), remote: remote.url },
      stack,
    );

    await run.start().ended;

    const { subjects, ...outcome } = run.outcome();
    const found: Findings = {
      ...readFinds({ folder: witnesses.folder, key: keyOf(agent) }),
      login: remote.heard.some((login) => login !== 'nothing'),
      words: heard.includes(words),
      rewritten: subjects?.length !== 1,
    };
    const came = outcomes(agent, witnesses.seen(), found);
    for (const [row, cell] of Object.entries(came)) table.add(agent, row, cell);
    expect(outcome).toMatchObject({ status: 'completed', summary: 'Done.' });
    expect(subjects).toContain('Hello');
    expect(came).toEqual(outcomes(agent, namesOf(attacks, 'worksOn', agent), findingsOf(agent)));
    expect(heard).not.toContain(keyOf(agent));
    expect(remote.heard).not.toEqual([]);
    expect(filesWith(run.folder, keyOf(agent))).toEqual([]);
  });
});

/** The column of an agent: what each attack came to, and whether each exposure is there. */
function outcomes(agent: CodingAgent, seen: readonly string[], found: Findings): Record<string, string> {
  const cells = attacks.map((attack) => [attack.name, cellOf(attack, agent, seen.includes(attack.name))]);
  const named = Object.entries(exposures) as [Exposure, string][];
  return Object.fromEntries([...cells, ...named.map(([name, row]) => [row, found[name] ? 'yes' : 'no'])]);
}

/** The attacks that say so of an agent. */
function namesOf(some: readonly Attack[], what: 'worksOn' | 'ignoredBy', agent: CodingAgent): string[] {
  return some.filter((attack) => attack[what]?.includes(agent) === true).map(({ name }) => name);
}

interface Group {
  readonly name: string;
  readonly attacks: readonly Attack[];
}

/** What is planted together: programs do not keep each other from starting, but of hosts one alone is asked. */
function groupsOf(agent: CodingAgent): Group[] {
  const all = attacksOn(agent);
  const apart = all.filter(({ aim, isSlow }) => aim === 'host' || isSlow === true);
  return [
    { name: 'programs that start', attacks: all.filter((attack) => !apart.includes(attack)) },
    ...apart.map((attack) => ({ name: attack.name, attacks: [attack] })),
  ];
}

function keyOf(agent: CodingAgent): string {
  return `key-of-${agent}-4711`;
}

/** The model works, and looks around where it is told how. */
function promptOf(look?: string): string {
  const steps = [
    { write: { path: 'hello.txt', content: 'hello\n' } },
    { bash: 'git add hello.txt && git status --short && git commit -q -m Hello' },
    ...(look === undefined ? [] : [{ bash: look }]),
    { text: 'Done.' },
  ];
  return ['Do what the script says.', ...steps.map((step) => `MODEL> ${JSON.stringify(step)}`)].join('\n');
}

interface Planting {
  readonly agent: CodingAgent;
  readonly attacks: readonly Attack[];
  /** Where the model pushes to. Absent: it does not look around. */
  readonly remote?: string;
}

interface Planted {
  readonly run: AgentRun;
  readonly witnesses: Witnesses;
  readonly modelUrl: string;
  /** What of the words of the tree and of the key the model was told. */
  readonly heard: readonly string[];
}

/** A run on a repository that holds the attacks. */
async function plant({ agent, attacks, remote }: Planting, stack: AsyncDisposableStack): Promise<Planted> {
  const key = keyOf(agent);
  const server = stack.use(await startModelServer({ keys: [key] }));
  const eavesdropper = stack.use(await startEavesdropper(server.url, [words, key]));
  const witnesses = stack.use(await createWitnesses());
  const { folder } = witnesses;
  const description = promptOf(remote && lookAround({ folder, key, remote }));
  const rules = ['AGENTS.md', 'CLAUDE.md', 'GEMINI.md', 'QWEN.md'].map((name) => [name, words]);
  const files = { ...Object.fromEntries(rules), ...witnesses.plant(agent, attacks) };
  const entry = entryOf(agent, eavesdropper.url);
  const run = stack.use(await createAgentRun({ entry, key, description, files }));
  return { run, witnesses, modelUrl: eavesdropper.url, heard: eavesdropper.heard };
}

/** Until the program has ended; it does not for long where it waits for what is planted, so one attack alone may be seen. */
async function waitFor(
  { attacks }: Group,
  { run, witnesses, program }: Planted & { readonly program: Running },
): Promise<void> {
  const over = new AbortController();
  void program.ended.then(() => over.abort());
  const isSeen = (): boolean => attacks.length === 1 && witnesses.seen().length > 0;
  while (!over.signal.aborted && !isSeen()) await wait(50);
  // Some go on in processes of their own.
  for (const id of processesOf(run.folder) ?? []) endProcess(Number(id));
  await program.ended;
}

function endProcess(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
