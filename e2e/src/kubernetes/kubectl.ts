import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** `kubectl` as people use it, within one namespace. */
export interface Kubectl {
  readonly namespace: string;
  /** Runs a command and gives its output; throws with its words when it fails. */
  run(args: readonly string[], input?: string): Promise<string>;
  /** Applies objects. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Gives objects as JSON. */
  get<T>(...args: readonly string[]): Promise<T>;
}

/** For a namespace that may not be there yet. */
export function kubectlIn(namespace: string): Kubectl {
  async function run(args: readonly string[], input = ''): Promise<string> {
    const child = spawn('kubectl', ['--namespace', namespace, ...args], { stdio: 'pipe' });
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err || out}`);
    return out;
  }

  return {
    namespace,
    run,
    async apply(...objects) {
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      await run(['apply', '--filename', '-'], JSON.stringify(list));
    },
    get: async (...args) => JSON.parse(await run(['get', ...args, '--output', 'json'])) as never,
  };
}
