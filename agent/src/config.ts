import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { runSpec, type RunSpec } from '@verve/contract/run';
import { z } from 'zod';

import { boundsWithin, type Bounds } from './bounds.ts';

/** Where a phase finds its files and what it was given. The executor sets all of it. */
export interface PhaseInput {
  readonly spec: RunSpec;
  /** `VERVE_TASK_FILE`: `task.json`, read only. */
  readonly taskFile: string;
  /** `VERVE_ACCESS_FILE`: how the remote is reached; for checkout and publish. Absent: without logging in. */
  readonly accessFile?: string;
  /** `VERVE_TREE`: the work tree; checkout makes it, agent changes it, publish never looks at it. */
  readonly tree: string;
  /** `VERVE_OUT`: where this phase alone writes, its `outcome.json` last. */
  readonly out: string;
  /** `VERVE_CHECKOUT_OUT`: where checkout wrote the base; for agent and publish. */
  readonly checkoutOut: string;
  /** `VERVE_AGENT_OUT`: where agent wrote the bundle; for publish, which takes it as data that may be forged. */
  readonly agentOut: string;
  /** `TMPDIR`: of this phase alone. */
  readonly temporary: string;
  /** `HOME`: of this phase alone. */
  readonly home: string;
  /** `PATH`: where git is looked for. */
  readonly searchPath: string;
  /** What the program that does the work gets: the phase's environment without the paths above and without the key below. */
  readonly environment: Readonly<Record<string, string>>;
  /** `VERVE_MODEL_KEY`: the key of the model host; for agent, where the configuration names one. */
  readonly modelKey: string | undefined;
  readonly bounds: Bounds;
}

const paths = ['VERVE_TREE', 'VERVE_OUT', 'VERVE_CHECKOUT_OUT', 'VERVE_AGENT_OUT'] as const;
const accessName = 'VERVE_ACCESS_FILE';
/** What is left of the permit as publish begins; not set for the other phases. */
const publishSecondsName = 'VERVE_PUBLISH_SECONDS';
const modelKeyName = 'VERVE_MODEL_KEY';

/** The environment of this program. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a phase's input; throws when the executor did not keep to the agreement. */
export function readPhaseInput(env: Environment): PhaseInput {
  function need(name: string): string {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  }

  const taskFile = need('VERVE_TASK_FILE');
  const [tree, out, checkoutOut, agentOut] = paths;
  const accessFile = accessFileOf(env);
  return {
    spec: runSpec.parse(JSON.parse(readFileSync(taskFile, 'utf8'))),
    taskFile,
    ...(accessFile !== undefined && { accessFile }),
    tree: need(tree),
    out: need(out),
    checkoutOut: need(checkoutOut),
    agentOut: need(agentOut),
    temporary: env['TMPDIR'] ?? tmpdir(),
    home: need('HOME'),
    searchPath: need('PATH'),
    ...readAgentEnvironment(env),
    bounds: boundsWithin(publishSecondsOf(env)),
  };
}

const hidden = new Set<string>([...paths, accessName, publishSecondsName, modelKeyName]);

/** What the program gets of this one's environment, and the key that it does not get by itself. */
export function readAgentEnvironment(env: Environment): Pick<PhaseInput, 'environment' | 'modelKey'> {
  const environment = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !hidden.has(entry[0]),
  );
  return { environment: Object.fromEntries(environment), modelKey: env[modelKeyName] };
}

const agentQuestion = z.object({ agent: runSpec.shape.agent });

/** Reads what `verve-agent check` is asked. Throws when it is not as agreed. */
export function readAgentQuestion(text: string): z.infer<typeof agentQuestion> {
  return agentQuestion.parse(JSON.parse(text));
}

/** The file that says how the remote is reached, for git's helper, which git starts with a phase's environment. */
export function accessFileOf(env: Environment): string | undefined {
  return env[accessName];
}

function publishSecondsOf(env: Environment): number | undefined {
  const value = env[publishSecondsName];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (value !== '' && seconds >= 0) return seconds;
  throw new Error(`${publishSecondsName} is no number of seconds: ${value}`);
}
