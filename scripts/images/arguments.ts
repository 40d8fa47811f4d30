import { parseArgs } from 'node:util';

import { parts, programs, type Naming, type Wanted } from './catalogue.ts';

/** What `npm run images` is asked to build. */
export interface ImageArguments {
  readonly wanted: readonly Wanted[];
  readonly naming: Naming;
}

/** The command or an argument is wrong; the message says how. */
export class ArgumentsWrong extends Error {
  override readonly name = 'ArgumentsWrong';
}

/** What `--help` prints. */
export const usage = `Usage: npm run images -- [--tag TAG] [--prefix PREFIX] [--agents] [NAME…]

Builds the images ${parts.join(', ')}, or those that are named, and prints their sizes.
Coding agents have images on top of the agent's: ${programs.join(', ')}; all of them: --agents.

  --tag TAG         dev unless given
  --prefix PREFIX   before each name: --prefix registry.example/team/
`;

const known: readonly Wanted[] = [...parts, ...programs];

/** Reads the arguments; undefined when help is wanted. Throws ArgumentsWrong. */
export function parseArguments(args: readonly string[]): ImageArguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const unknown = positionals.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0) throw new ArgumentsWrong(`there is no image ${unknown.join(', ')}`);
  const named = known.filter((one) => positionals.includes(one));
  const all = [...named, ...(values.agents ? programs : [])];
  return {
    wanted: all.length > 0 ? [...new Set(all)] : parts,
    naming: { tag: values.tag, prefix: values.prefix },
  };
}

function parse(args: readonly string[]): {
  values: { tag: string; prefix: string; agents: boolean; help: boolean };
  positionals: string[];
} {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tag: { type: 'string', default: 'dev' },
        prefix: { type: 'string', default: '' },
        agents: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    throw new ArgumentsWrong(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
