import { readFileSync } from 'node:fs';

import { runSpec, type RunSpec } from '@verve/contract';

/** Where a phase finds its files and what it was given. The executor sets all of it. */
export interface PhaseInput {
  readonly spec: RunSpec;
  /** `VERVE_TASK_FILE`: `task.json`, read only. */
  readonly taskFile: string;
  /** `VERVE_TREE`: the work tree; checkout makes it, agent changes it, publish never looks at it. */
  readonly tree: string;
  /** `VERVE_OUT`: where this phase alone writes, its `outcome.json` last. */
  readonly out: string;
  /** `VERVE_CHECKOUT_OUT`: where checkout wrote the base; for agent and publish. */
  readonly checkoutOut: string;
  /** `VERVE_AGENT_OUT`: where agent wrote the bundle; for publish, which takes it as data that may be forged. */
  readonly agentOut: string;
  /** What the program that does the work gets: the phase's environment without the paths above. */
  readonly environment: Readonly<Record<string, string>>;
}

const paths = ['VERVE_TREE', 'VERVE_OUT', 'VERVE_CHECKOUT_OUT', 'VERVE_AGENT_OUT'] as const;

/** Reads a phase's input; throws when the executor did not keep to the agreement. */
export function readPhaseInput(env: Readonly<Record<string, string | undefined>>): PhaseInput {
  function need(name: string): string {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  }

  const taskFile = need('VERVE_TASK_FILE');
  const [tree, out, checkoutOut, agentOut] = paths;
  const hidden = new Set<string>(paths);
  const environment = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !hidden.has(entry[0]),
  );
  return {
    spec: runSpec.parse(JSON.parse(readFileSync(taskFile, 'utf8'))),
    taskFile,
    tree: need(tree),
    out: need(out),
    checkoutOut: need(checkoutOut),
    agentOut: need(agentOut),
    environment: Object.fromEntries(environment),
  };
}
