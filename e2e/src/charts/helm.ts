import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { root } from '../programs.ts';

/** Charts of this repository. */
export type Chart = 'verve-server' | 'verve-worker';

/** The folder of a chart. */
export function folderOf(chart: Chart): string {
  return join(root, 'charts', chart);
}

/** `helm` as people use it. Gives its output; throws with its words when it fails. */
export async function helm(args: readonly string[], input = ''): Promise<string> {
  return (await run(args, input)).out;
}

/** Takes a release away, and gives all that is said then: what a hook says is on the other stream. */
export async function uninstall(release: string, namespace: string): Promise<string> {
  const { out, err } = await run(['uninstall', release, '--namespace', namespace], '');
  return err + out;
}

interface Said {
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], input: string): Promise<Said> {
  const child = spawn('helm', args, { stdio: 'pipe' });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${err}${out}`);
  return { out, err };
}
