import { parseAllDocuments } from 'yaml';

import type { Kubectl } from '../kubernetes/kubectl.ts';
import { folderOf, helm, type Chart } from './helm.ts';

/** An object of the cluster, as a chart or a document has it. */
export interface ClusterObject {
  readonly kind: string;
}

/** Of which a chart makes objects. */
interface Rendering {
  readonly namespace: string;
  /** For `helm template`. */
  readonly args: readonly string[];
  /** Of values; empty: none. */
  readonly input?: string;
}

/** What a chart makes, hooks included. */
export async function renderChart(
  chart: Chart,
  { namespace, args, input = '{}' }: Rendering,
): Promise<readonly ClusterObject[]> {
  const whole = ['template', chart, folderOf(chart), '--namespace', namespace, '--kube-version=1.34'];
  const text = await helm([...whole, '--values=-', ...args], input);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as ClusterObject | null)
    .filter((object) => object !== null);
}

/** Gives a line for each object that the API server would take; throws with its words when it refuses one. */
export async function dryRun(kubectl: Kubectl, items: readonly ClusterObject[]): Promise<readonly string[]> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const args = ['apply', '--dry-run=server', '--server-side', '--force-conflicts', '--validate=strict'];
  const told = await kubectl.run([...args, '--filename=-'], list);
  return told.trim().split('\n');
}
