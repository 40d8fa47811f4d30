import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../programs.ts';

const file = join(root, 'docs', 'kubernetes-failures.md');
const head = `# What goes wrong in Kubernetes, and what then shows

What came of failures that were made on purpose when they were last tried on a real cluster. The API, \`kubectl get agentruns\`, the worker's metric and the worker's log all told the
reason and, but for the metric, the message. Seconds: from the claim of the attempt to its end. The names of registries, namespaces and pods are replaced.
Made by \`VERVE_WRITE_TABLES=1 npm test -- --no-file-parallelism e2e/src/kubernetes\`.
`;

/** In the order of the table. */
const whats = [
  'image tag that is not there',
  'malformed image name',
  'private registry, no pull secret',
  'private registry, wrong pull secret',
  'no node that fits',
  'quota exceeded',
  'quota of Jobs exceeded',
  'Pod Security violated',
  'missing Secret, by env',
  'missing ConfigMap, by env',
  'missing Secret, by volume',
  'missing ConfigMap, by volume',
  'agent fails',
  'agent out of memory',
  'child of an agent out of memory',
  'time over',
  'disk full',
  'pod deleted',
  'pod evicted',
  'node drained',
  'node gone',
  'Job deleted',
  'AgentRun deleted',
  'AgentRun deleted while no worker runs',
] as const;
export type FailureWhat = (typeof whats)[number];

/** What came of one failure. */
export interface FailureRow {
  readonly what: FailureWhat;
  /** How it was made. */
  readonly how: string;
  readonly reason: string;
  readonly message: string;
  readonly seconds: number;
}

/** Prints a row, and writes it into the documentation where the one who runs the tests asks for that. */
export function keepRow(row: FailureRow): void {
  const line = lineOf(row);
  // The one who runs the tests wants to see it.
  process.stdout.write(`${line}\n`);
  if (process.env['VERVE_WRITE_TABLES'] !== '1') return;
  const rows = new Map([...keptRows(), [row.what as string, line]]);
  const lines = whats.map((what) => rows.get(what)).filter((kept) => kept !== undefined);
  const table = [
    '| what | how it was made | reason | message | seconds |',
    '| --- | --- | --- | --- | --- |',
  ];
  writeFileSync(file, `${head}\n${[...table, ...lines].join('\n')}\n`);
}

function lineOf({ what, how, reason, message, seconds }: FailureRow): string {
  return `| ${[what, how, reason, plain(message), seconds.toFixed(0)].join(' | ')} |`;
}

function keptRows(): readonly (readonly [string, string])[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('| '))
    .map((line) => [line.split(' | ')[0]?.slice(2) ?? '', line]);
}

/** The message without what differs from run to run, fit for a cell. */
function plain(message: string): string {
  const registries = [
    [process.env['VERVE_TEST_REGISTRY'], 'registry.example'],
    [process.env['VERVE_TEST_PRIVATE_REGISTRY'], 'private.example'],
  ] as const;
  return registries
    .reduce((text, [from, to]) => (from === undefined ? text : text.replaceAll(from, to)), message)
    .replaceAll(/verve-e2e-[0-9a-f]+/g, 'runs')
    .replaceAll(/tsk-[0-9a-z]{26}-\d+(?:-[0-9a-z]{5})?/g, 'tsk-…')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|');
}
