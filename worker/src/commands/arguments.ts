import { parseArgs } from 'node:util';

/** What the worker's program is asked to do. */
export type Command =
  | { readonly name: 'run' | 'help' | 'version' }
  | { readonly name: 'doctor' | 'config check' | 'uninstall'; readonly isJson: boolean }
  | { readonly name: 'doctor image'; readonly image: string; readonly isJson: boolean }
  | { readonly name: 'unknown'; readonly problem: string };

/** What `--help` prints. */
export const usage = `Usage:
  verve-worker [run]           claim tasks and run them, until SIGTERM
  verve-worker doctor          check all that a worker needs, and say how to mend what fails
  verve-worker doctor image NAME
                               check an image for the agent phase, where runs run: docs/agent-image.md
  verve-worker config check    check the configuration, and print what is in effect, without secrets
  verve-worker uninstall       remove what an installation left in Kubernetes, once its worker is stopped

Options:
  --json       the checks and uninstall: print JSON
  --help, --version

Settings come from the YAML file that VERVE_CONFIG names and from VERVE_* variables: docs/worker-settings.md.

Exit codes:
  0  stopped as asked; nothing failed
  1  it could not go on, the configuration is wrong, a check failed, or something is left
  2  the command or an argument is wrong
`;

/** Reads the words after the program's name. */
export function parseArguments(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
    if (values.help) return { name: 'help' };
    if (values.version) return { name: 'version' };
    const isJson = values.json ?? false;
    const [first, second, image, ...more] = positionals;
    if (first !== 'doctor' || second !== 'image') return commandOf(positionals.join(' '), isJson);
    if (image !== undefined && more.length === 0) return { name: 'doctor image', image, isJson };
    return { name: 'unknown', problem: 'doctor image takes the name of one image' };
  } catch (error) {
    return { name: 'unknown', problem: error instanceof Error ? error.message : String(error) };
  }
}

function commandOf(words: string, isJson: boolean): Command {
  switch (words) {
    case '':
    case 'run':
      return isJson
        ? { name: 'unknown', problem: '--json is for the checks and uninstall' }
        : { name: 'run' };
    case 'doctor':
    case 'config check':
    case 'uninstall':
      return { name: words, isJson };
    default:
      return { name: 'unknown', problem: `there is no command "${words}"` };
  }
}
