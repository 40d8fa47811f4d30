import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, createReadStream } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

import { createProgramProcesses, type ProgramProcesses } from './program-processes.ts';

const keptBytes = 1024 * 1024;

/** Never runs a program that a repository names, never asks, never leaves anything running. */
const fixedConfig = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  // Helpers add up; this forgets the ones before.
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'advice.detachedHead=false',
  'advice.addEmbeddedRepo=false',
];

/** Git as one phase uses it. */
export interface GitOptions {
  /** Where git is looked for, once; it runs by its absolute path. */
  readonly searchPath: string;
  /** An empty folder of one's own: what curl and ssh read there is nobody else's. */
  readonly home: string;
  /** Added to the configuration on the command line; never secrets. */
  readonly config?: readonly string[];
  /** Added to an environment that is built from nothing. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Schemes of remotes that it may reach, separated by colons. Absent: none. */
  readonly protocols?: string;
}

/** One git command. */
export interface GitCommand {
  readonly args: readonly string[];
  /** Where it runs, outside any tree that another could write when `gitDir` is given. */
  readonly cwd: string;
  /** Absent: the command needs no repository, and finds none in a folder above. */
  readonly gitDir?: string;
  readonly workTree?: string;
  /** Its input: as it is, or a file's bytes from an offset on. */
  readonly stdin?: string | Uint8Array | { readonly path: string; readonly start: number };
  readonly environment?: Readonly<Record<string, string>>;
  /** In ms; then it is ended, with all that it started, and fails. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Runs git commands. Each ends with the process group that it belongs to. */
export interface Git {
  /** What it wrote to stdout, trimmed; of more than 1 MiB the end. Throws GitFailed with git's words. */
  run(command: GitCommand): Promise<string>;
  /** The same for a question: undefined when git answers no with an exit code. */
  ask(command: GitCommand): Promise<string | undefined>;
  /** The entries of its output with `-z`, as the bytes that they are. Throws GitFailed when there are more bytes. */
  list(command: GitCommand, maxBytes: number): Promise<readonly Buffer[]>;
}

/** git ended with an error; the message is git's own last words. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  /** Absent: it was ended from outside, or for what it took. */
  readonly exitCode: number | undefined;

  constructor(words: string, exitCode: number | undefined) {
    super(words);
    this.exitCode = exitCode;
  }
}

/** Finds git and keeps to it. Throws when there is none. */
export function createGit(options: GitOptions): Git {
  const program = findProgram('git', options.searchPath);

  async function output(command: GitCommand, room: Room): Promise<Buffer> {
    const config = [...fixedConfig, ...(options.config ?? [])].flatMap((entry) => ['-c', entry]);
    const processes = createProgramProcesses();
    const child = spawn(program, [...config, ...command.args], {
      cwd: command.cwd,
      env: { ...environmentOf(options, command), ...processes.environment },
      stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const ended = endOf(child);
    processes.began(child);
    using stopping = stopAtBounds(command, child, processes);
    feed(command, child);
    const [stdout, stderr, end] = await Promise.all([
      collect(child.stdout, room, stopping),
      collect(child.stderr, { bytes: keptBytes, mayOverflow: true }, stopping),
      ended,
    ]);
    if (end.code === 0 && stopping.why === undefined) return stdout;
    throw failureOf(command, end, { why: stopping.why, words: stderr.toString('utf8').trim() });
  }

  async function run(command: GitCommand): Promise<string> {
    return (await output(command, { bytes: keptBytes, mayOverflow: true })).toString('utf8').trim();
  }

  return {
    run,
    async ask(command) {
      try {
        return await run(command);
      } catch (error) {
        if (error instanceof GitFailed && error.exitCode !== undefined) return undefined;
        throw error;
      }
    },
    async list(command, maxBytes) {
      return splitNul(await output(command, { bytes: maxBytes, mayOverflow: false }));
    },
  };
}

/**
 * The absolute path of a program. Only absolute folders count: a relative one could lie in a tree that a hostile hand
 * wrote. Throws when there is none.
 */
export function findProgram(name: string, searchPath: string): string {
  const found = absoluteFolders(searchPath)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found === undefined) throw new Error(`there is no ${name} on PATH (${searchPath})`);
  return found;
}

function absoluteFolders(searchPath: string): readonly string[] {
  return searchPath.split(delimiter).filter(isAbsolute);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function environmentOf(options: GitOptions, command: GitCommand): Record<string, string> {
  return {
    PATH: absoluteFolders(options.searchPath).join(delimiter),
    ...options.environment,
    ...command.environment,
    ...(command.gitDir !== undefined && { GIT_DIR: command.gitDir }),
    ...(command.workTree !== undefined && { GIT_WORK_TREE: command.workTree }),
    GIT_CEILING_DIRECTORIES: dirname(command.cwd),
    HOME: options.home,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: options.protocols ?? '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'false',
  };
}

function feed({ stdin }: GitCommand, child: ChildProcess): void {
  const target = child.stdin;
  if (stdin === undefined || !target) return;
  // git may end before it has read all; its exit code tells then, not the broken pipe.
  target.on('error', () => undefined);
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) {
    target.end(stdin);
    return;
  }
  const file = createReadStream(stdin.path, { start: stdin.start });
  target.on('close', () => file.destroy());
  file.on('error', () => child.kill('SIGKILL'));
  file.pipe(target);
}

/** Ends a command before its time. */
interface Stopping extends Disposable {
  /** Why it was ended; undefined: it was not. */
  readonly why: string | undefined;
  stop(why: string): void;
}

/** Git starts programs that hold its output open, and of which a killed git would leave some behind. */
function stopAtBounds(
  { timeoutMs, signal }: GitCommand,
  child: ChildProcess,
  processes: ProgramProcesses,
): Stopping {
  async function endAll(): Promise<void> {
    await processes.end();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }

  const stopping = {
    why: undefined as string | undefined,
    stop(why: string) {
      stopping.why ??= why;
      void endAll();
    },
  };
  const late = `timed out after ${Math.round((timeoutMs ?? 0) / 1_000)} s`;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stopping.stop(late), timeoutMs);
  const onAbort = (): void => stopping.stop('was stopped');
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  return Object.assign(stopping, {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  });
}

interface Room {
  readonly bytes: number;
  /** Whether only the end of what is too much is kept; else the command is ended. */
  readonly mayOverflow: boolean;
}

async function collect(
  stream: NodeJS.ReadableStream | null,
  room: Room,
  stopping: Stopping,
): Promise<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;

  function add(piece: Buffer): void {
    pieces.push(piece);
    size += piece.length;
    if (size <= room.bytes) return;
    if (!room.mayOverflow) stopping.stop('has more to tell than is taken');
    pieces = [Buffer.concat(pieces).subarray(-room.bytes)];
    size = room.bytes;
  }

  try {
    for await (const piece of stream ?? []) add(Buffer.from(piece));
  } catch (error) {
    if (stopping.why === undefined) throw error;
  }
  return Buffer.concat(pieces);
}

interface End {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

async function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
}

function failureOf(
  { args }: GitCommand,
  { code, signal }: End,
  { why, words }: { why: string | undefined; words: string },
): GitFailed {
  const name = `git ${args[0] ?? ''}`;
  if (why === undefined && code !== undefined) {
    return new GitFailed(words || `${name} ended with exit code ${code}`, code);
  }
  return new GitFailed([`${name} ${why ?? `was ended by ${signal}`}`, words].join('\n').trim(), undefined);
}

function splitNul(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    entries.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}
