import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { phaseOutcome, newId, type RunSpec } from '@verve/contract';
import { z } from 'zod';

import { git, startEntry, type Running } from '../programs.ts';
import { programsFolder } from './coding-agents.ts';

/** What a run with a real agent is started with. */
export interface AgentRunOptions {
  readonly entry: RunSpec['agent'];
  readonly key: string;
  readonly description: string;
  /** Files of the repository, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly logLevel?: RunSpec['logLevel'];
}

const outcome = phaseOutcome.extend({
  summary: z.string().optional(),
  subjects: z.array(z.string()).optional(),
});

/** What the agent phase left. */
export type AgentOutcome = z.infer<typeof outcome>;

/** The phases checkout and agent of one run, in a folder of their own. */
export interface AgentRun extends AsyncDisposable {
  /** Of the run and of nothing else; whatever names it belongs to the run. */
  readonly folder: string;
  readonly tree: string;
  /** Starts the agent phase. Without a PATH of its own: where the programs are installed, then what is on the PATH. */
  start(searchPath?: string): Running;
  /** The outcome of an agent phase that has ended. */
  outcome(): AgentOutcome;
  /** The events as they were kept. */
  events(): readonly { readonly kind: string }[];
  /** Whether there is work for publish. */
  hasBundle(): boolean;
}

/** Makes a repository and checks it out for a run. */
export async function createAgentRun(options: AgentRunOptions): Promise<AgentRun> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-agent-run-'));
  for (const name of ['checkout', 'agent', 'home', 'tmp']) mkdirSync(join(folder, name));
  const remote = await createRemote(folder, options.files ?? {});
  writeFileSync(join(folder, 'task.json'), JSON.stringify(specOf(options, remote)));
  const checkout = await startPhase('checkout', folder, { environment: {}, path: process.env['PATH'] ?? '' })
    .ended;
  if (checkout.code !== 0) throw new Error(`checkout failed: ${checkout.out}${checkout.err}`);
  const read = (name: string): string => readFileSync(join(folder, 'agent', name), 'utf8');
  return {
    folder,
    tree: join(folder, 'tree'),
    start: (path = defaultPath()) =>
      startPhase('agent', folder, { environment: environmentOf(options), path }),
    outcome: () => outcome.parse(JSON.parse(read('outcome.json'))),
    events: () =>
      read('events.jsonl')
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { event: { kind: string } }).event),
    hasBundle: () => existsSync(join(folder, 'agent', 'work.bundle')),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startPhase(
  phase: 'checkout' | 'agent',
  folder: string,
  { environment, path }: { environment: Readonly<Record<string, string>>; path: string },
): Running {
  const own = { GIT_CONFIG_GLOBAL: '/dev/null', ...environment, PATH: path };
  return startEntry(
    'agent/src/main.ts',
    {
      ...own,
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      VERVE_TASK_FILE: join(folder, 'task.json'),
      VERVE_TREE: join(folder, 'tree'),
      VERVE_OUT: join(folder, phase),
      VERVE_CHECKOUT_OUT: join(folder, 'checkout'),
      VERVE_AGENT_OUT: join(folder, 'agent'),
    },
    [phase],
  );
}

function environmentOf({ key, environment }: AgentRunOptions): Record<string, string> {
  return { ...environment, VERVE_MODEL_KEY: key };
}

function defaultPath(): string {
  return [programsFolder(), process.env['PATH']].filter(Boolean).join(delimiter);
}

async function createRemote(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const remote = join(folder, 'remote');
  mkdirSync(remote);
  await git(remote, 'init', '--quiet', '--initial-branch=main');
  for (const [path, content] of Object.entries({ 'README.md': '# A sample\n', ...files })) {
    mkdirSync(join(remote, path, '..'), { recursive: true });
    writeFileSync(join(remote, path), content, { mode: 0o755 });
  }
  await git(remote, 'add', '--all', '--force');
  await git(
    remote,
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.test',
    'commit',
    '--quiet',
    '-m',
    'Begin',
  );
  return `file://${remote}`;
}

function specOf({ entry, description, logLevel = 'full' }: AgentRunOptions, repository: string): RunSpec {
  const taskId = newId('task');
  return {
    taskId,
    attempt: 1,
    title: 'A task',
    description,
    repository,
    branch: `verve/${taskId}`,
    author: { name: 'Robo', email: 'robo@example.test' },
    agent: { stallSeconds: 150, ...entry },
    forge: { kind: 'none' },
    mayChangeWorkflows: false,
    logLevel,
  };
}
