import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

import { ask, show } from './command.ts';

/** A namespace of one context, whatever the current context becomes. */
export interface Place {
  readonly context: string;
  readonly namespace: string;
}

/** `kubectl` and `helm` as people use them, in one place. All throw CommandFailed. */
export interface Cluster extends Place {
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Writes to the terminal; ends with the signal. */
  readonly showKubectl: (args: readonly string[]) => Promise<void>;
  /** Runs until it is stopped, or ends by itself. */
  readonly startKubectl: (args: readonly string[], options: SpawnOptions) => ChildProcess;
  /** Makes objects, or brings them up to date. */
  readonly apply: (...objects: readonly object[]) => Promise<void>;
  /** The value of one key of a Secret; undefined when there is none. */
  readonly secret: (name: string, key: string) => Promise<string | undefined>;
  readonly helm: (args: readonly string[], input?: string) => Promise<string>;
}

/** For a namespace that may not be there yet. What may take long ends with the signal; helm never, see `ask`. */
export function clusterAt({ context, namespace }: Place, signal: AbortSignal): Cluster {
  const where = ['--context', context, '--namespace', namespace];

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    return ask('kubectl', [...where, ...args], { input });
  }

  return {
    context,
    namespace,
    kubectl,
    showKubectl: async (args) => show('kubectl', [...where, ...args], signal),
    startKubectl: (args, options) => spawn('kubectl', [...where, ...args], options),
    apply: async (...objects) => {
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      await kubectl(['apply', '--filename=-'], JSON.stringify(list));
    },
    secret: async (name, key) => {
      const found = await kubectl(['get', 'secret', name, '--output=json', '--ignore-not-found']);
      if (found === '') return undefined;
      const { data = {} } = JSON.parse(found) as { readonly data?: Readonly<Record<string, string>> };
      return data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString();
    },
    helm: async (args, input) =>
      ask('helm', ['--kube-context', context, '--namespace', namespace, ...args], { input, isAlone: true }),
  };
}

/** The words with which a person calls kubectl there. */
export function kubectlWords({ context, namespace }: Place): string {
  return `kubectl --context ${context} --namespace ${namespace}`;
}
