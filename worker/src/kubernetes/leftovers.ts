import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';

import { nameOf } from './object-store.ts';

/** Names that are told; of more than that their number. */
const namesTold = 3;

/** What could not be removed, or why nothing could, and what a person does about it. */
export interface RemovalProblem {
  readonly message: string;
  readonly fix: string;
}

/** What is left of an installation's runs. */
export interface Leftovers {
  /** Why the API server refused to remove AgentRuns, by their names. */
  readonly refused: ReadonlyMap<string, string>;
  readonly runs: readonly KubernetesObject[];
  readonly pods: readonly V1Pod[];
}

/** What people are told of it: a problem for each kind of reason, however many objects there are. */
export function leftoverProblems(
  { refused, runs, pods }: Leftovers,
  namespace: string,
): readonly RemovalProblem[] {
  return [...refusals(refused), ...runsLeft(runs, namespace), ...podsLeft(pods, namespace)];
}

function refusals(refused: Leftovers['refused']): readonly RemovalProblem[] {
  const [words] = refused.values();
  if (words === undefined) return [];
  const names = [...refused.keys()];
  const message = `${counted(names.length, 'AgentRun')} cannot be removed: ${list(names)}: ${words}`;
  return [{ message, fix: 'Mend what the API server says, and try again.' }];
}

function runsLeft(runs: readonly KubernetesObject[], namespace: string): readonly RemovalProblem[] {
  if (runs.length === 0) return [];
  const names = runs.map(nameOf);
  const finalizers = [...new Set(runs.flatMap(({ metadata }) => metadata?.finalizers ?? []))];
  const message = `${counted(runs.length, 'AgentRun')} still there: ${list(names)}`;
  if (finalizers.length === 0)
    return [{ message, fix: 'Look whether the API server is well, and try again.' }];
  const patch = `kubectl patch agentrun --namespace ${namespace} ${names[0]} --type merge --patch '{"metadata":{"finalizers":null}}'`;
  const fix = `Let whoever set these finalizers take them; where nobody does: ${patch}`;
  return [{ message: `${message}; kept by ${list(finalizers)}`, fix }];
}

function podsLeft(pods: readonly V1Pod[], namespace: string): readonly RemovalProblem[] {
  if (pods.length === 0) return [];
  const names = pods.map(nameOf);
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))];
  const where = nodes.length === 0 ? '' : `, on ${list(nodes)}`;
  const message = `${counted(pods.length, 'pod')} still there: ${list(names)}${where}`;
  const fix = `Look why: kubectl describe pod --namespace ${namespace} ${names[0]}. Of a node that is gone for good: kubectl delete pod --namespace ${namespace} --force ${names[0]}`;
  return [{ message, fix }];
}

function list(names: readonly string[]): string {
  const more = names.length - namesTold;
  const told = names.slice(0, namesTold).join(', ');
  return more > 0 ? `${told} and ${more} more` : told;
}

/** As `1 AgentRun` and `2 AgentRuns`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
