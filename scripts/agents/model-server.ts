import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const entry = join(import.meta.dirname, '..', '..', 'e2e', 'src', 'model-server', 'main.ts');

/** The fake of model hosts, as a program of its own. */
export interface RunningModelServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts it; it accepts one key. */
export async function startModelServer(key: string): Promise<RunningModelServer> {
  const child = spawn(process.execPath, [entry, '--key', key], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { listening } = JSON.parse(line) as { listening: string };
  return {
    url: listening,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
