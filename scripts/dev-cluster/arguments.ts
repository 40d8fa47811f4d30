import { parseArgs } from 'node:util';

import { defaultPort } from '@verve/contract';

import { imageWays } from './image-way.ts';

/** What `npm run dev:cluster` is to do; `prepare` and `finish` are what skaffold has done before and after its deployment. */
type Mode = 'loop' | 'once' | 'prepare' | 'finish' | 'delete';

/** What `npm run dev:cluster` is told. */
export interface DevArguments {
  readonly mode: Mode;
  /** Undefined: the current one, if it is local. */
  readonly context: string | undefined;
  readonly namespace: string;
  /** Of this machine, where the server is reached. */
  readonly port: number;
  /** Files of values besides those of the dev loop. */
  readonly serverValues: readonly string[];
  readonly workerValues: readonly string[];
}

/** An argument is wrong; the message says how. */
export class ArgumentsWrong extends Error {
  override readonly name = 'ArgumentsWrong';
}

/** What `--help` prints. */
export const usage = `Usage: npm run dev:cluster -- [OPTION…]

Builds the images of server, worker and agent, brings them into a cluster, installs both charts there, forwards a port to
the server, shows logs, and does what is needed again when a source changes. Ctrl-C ends it; what is installed stays.

  --once                 install, and end
  --delete               take away what is installed, with its data, and end
  --context NAME         the kube context; needed unless the current one is of kind, k3d, minikube or docker-desktop
  --namespace NAME       verve-dev unless given
  --port PORT            of this machine, ${defaultPort} unless given
  --server-values FILE   more values for the chart verve-server; may be given again
  --worker-values FILE   more values for the chart verve-worker; may be given again
  --prepare, --finish    for skaffold.yaml: what comes before the charts, and after them

How images get into the cluster is known for these contexts, and else told by one of:

${imageWays}
`;

const endings = ['once', 'prepare', 'finish', 'delete'] as const;

/** Reads the arguments; undefined when help is wanted. Throws ArgumentsWrong. */
export function parseArguments(args: readonly string[]): DevArguments | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const [mode = 'loop', another] = endings.filter((one) => values[one]);
  if (another !== undefined) throw new ArgumentsWrong(`--${mode} and --${another} exclude each other`);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ArgumentsWrong(`--port takes a port, 1 to 65535, not "${values.port}"`);
  return {
    mode,
    context: values.context,
    namespace: values.namespace,
    port,
    serverValues: values['server-values'],
    workerValues: values['worker-values'],
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the options tell it
function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const files = { type: 'string', multiple: true, default: [] as string[] } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: flag,
        prepare: flag,
        finish: flag,
        delete: flag,
        context: { type: 'string' },
        namespace: { type: 'string', default: 'verve-dev' },
        port: { type: 'string', default: String(defaultPort) },
        'server-values': files,
        'worker-values': files,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new ArgumentsWrong(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
