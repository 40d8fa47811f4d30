import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { Ended } from '../programs.ts';

/** How every image of Verve can be run: it writes to its volumes alone, and may do nothing special. */
export const hardened = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'] as const;

/** Runs docker to its end, with something to read on stdin. */
export async function docker(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn('docker', args);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // It may end before it has read all; its exit code tells then.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, out, err };
}

/** What docker says; throws when it fails. */
export async function ask(args: readonly string[], input = ''): Promise<string> {
  const { code, out, err } = await docker(args, input);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${out}\n${err}`);
  return out.trim();
}

/** A container that runs. Disposing of it removes it with its volumes. */
export interface Container extends AsyncDisposable {
  readonly id: string;
  /** What a server in it answers, asked by the container's own address. */
  get(port: number, path: string): Promise<string>;
}

/** Starts a container in the background. */
export async function startContainer(...args: string[]): Promise<Container> {
  const id = await ask(['run', '--detach', ...args]);
  return {
    id,
    get: async (port, path) => {
      const script = `fetch('http://' + os.hostname() + ':${port}${path}').then((answer) => answer.text()).then(console.log)`;
      return ask(['exec', id, 'node', '-e', script]);
    },
    async [Symbol.asyncDispose]() {
      await docker(['rm', '--force', '--volumes', id]);
    },
  };
}
