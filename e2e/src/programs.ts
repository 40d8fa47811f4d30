import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';

/** The root of the repository, where the programs lie. */
export const root = join(import.meta.dirname, '..', '..');

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A program of this repository that runs. */
export interface Running extends AsyncDisposable {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** All that it has written to stdout, and to stderr. */
  out(): string;
  err(): string;
  /** Resolves when stdout has a text; throws when the program ends without. */
  said(text: string): Promise<void>;
  /** Sends a signal. */
  send(signal: NodeJS.Signals): void;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** The environment of a fresh shell in which npm put the repository's own programs first. */
function environment(own: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('VERVE_'),
  );
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  return { ...Object.fromEntries(inherited), PATH: path, ...own };
}

/** Starts a program by its entry below the root. */
export function startEntry(
  entry: string,
  own: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Running {
  return running(
    spawn(process.execPath, ['--conditions=source', entry, ...args], { cwd: root, env: environment(own) }),
  );
}

/** A program, and where it is to run. */
interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables of its own. */
  readonly own: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** Starts any program. */
export function startProgram({ command, args, own, folder }: Program): Running {
  return running(spawn(command, args, { cwd: folder, env: environment(own) }));
}

/** Starts the CLI as its own executable. */
export function startCli(args: readonly string[], own: Readonly<Record<string, string>>): Running {
  return running(spawn(join(root, 'cli', 'src', 'main.ts'), args, { env: environment(own) }));
}

/** What git says in a repository. */
export async function git(repository: string, ...args: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile('git', ['-C', repository, ...args], (error, out) => (error ? reject(error) : resolve(out.trim())));
  return promise;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ids of processes whose environment or command line names a folder; undefined where there is no /proc to tell. */
export function processesOf(folder: string): string[] | undefined {
  if (!existsSync('/proc/self/environ')) return undefined;
  return readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return ['environ', 'cmdline'].some((file) =>
        readFileSync(`/proc/${id}/${file}`, 'utf8').includes(folder),
      );
    } catch {
      return false;
    }
  });
}

function running(child: ChildProcess): Running {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code ?? -1), out, err }));

  async function said(text: string): Promise<void> {
    while (!out.includes(text)) {
      const more = child.stdout ? once(child.stdout, 'data') : ended;
      const isOver = await Promise.race([ended.then(() => true), more.then(() => false)]);
      if (isOver && !out.includes(text)) throw new Error(`it ended without "${text}":\n${out}\n${err}`);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<Ended> {
    child.kill(signal);
    return ended;
  }

  return {
    pid: child.pid,
    out: () => out,
    err: () => err,
    said,
    send: (signal) => void child.kill(signal),
    end,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGTERM');
    },
  };
}
