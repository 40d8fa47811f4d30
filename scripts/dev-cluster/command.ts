import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A program ended badly; the message has its command and its words. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** What a program is given besides its arguments. */
export interface AskOptions {
  readonly input?: string | undefined;
  /** Whether Ctrl-C does not reach it: a helm that is interrupted leaves its release locked. */
  readonly isAlone?: boolean;
}

/** Runs a program and gives its output. Throws CommandFailed. */
export async function ask(
  command: string,
  args: readonly string[],
  { input = '', isAlone = false }: AskOptions = {},
): Promise<string> {
  const child = spawn(command, args, { stdio: 'pipe', detached: isAlone });
  // A program that ends without reading has said why on the other stream.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new CommandFailed(`${[command, ...args].join(' ')}\n${err || out}`.trim());
  return out;
}

/** Runs a program that writes to the terminal. Throws CommandFailed; it has said why itself. */
export async function show(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new CommandFailed(`${[command, ...args].join(' ')} failed`);
}
