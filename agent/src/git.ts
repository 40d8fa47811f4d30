import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';

const outputLimit = 1024 * 1024;

/** What git may take over from the phase's environment: how to reach a remote. Everything else is made anew. */
const passedOn = [
  'PATH',
  'HOME',
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'SSH_ASKPASS',
  'SSH_AUTH_SOCK',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
] as const;

/** Never runs a program that a repository names, never asks, never leaves anything running. */
const fixedConfig = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'advice.detachedHead=false',
];

/** One git command. */
export interface GitCommand {
  readonly args: readonly string[];
  /** Where it runs, outside any tree that another could write when `gitDir` is given. */
  readonly cwd: string;
  /** Absent: the repository of `cwd`. */
  readonly gitDir?: string;
  readonly workTree?: string;
  /** A file's bytes from this offset on become its input. */
  readonly stdin?: { readonly path: string; readonly start: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** git ended with an error; the message is git's own last words. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly exitCode: number | undefined;

  constructor(command: string, exitCode: number | undefined, words: string) {
    super(words === '' ? `git ${command} ended with ${exitCode ?? 'a signal'}` : words);
    this.exitCode = exitCode;
  }

  /** The same command may succeed in a moment: the network or the remote was away. */
  get isTransient(): boolean {
    return /could not resolve host|couldn't connect|connection (?:refused|reset|timed out|closed)|timed out|early eof|unexpected disconnect|remote end hung up|network is unreachable|temporary failure|error: 5\d\d|error: 429/i.test(
      this.message,
    );
  }
}

/** The environment of every git command: built from nothing but the ways to reach a remote. */
function gitEnvironment(command: GitCommand): Record<string, string> {
  const passed = passedOn.flatMap((name) => {
    const value = command.environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    ...(command.gitDir === undefined ? {} : { GIT_DIR: command.gitDir }),
    ...(command.workTree === undefined ? {} : { GIT_WORK_TREE: command.workTree }),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'false',
  };
}

/**
 * Runs git and gives what it wrote to stdout, trimmed, at most 1 MiB. Throws GitFailed with git's words. Ends with the
 * process group it belongs to.
 */
export async function git(command: GitCommand): Promise<string> {
  const config = fixedConfig.flatMap((entry) => ['-c', entry]);
  const child = spawn('git', [...config, ...command.args], {
    cwd: command.cwd,
    env: gitEnvironment(command),
    stdio: [command.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(command.timeoutMs === undefined ? {} : { timeout: command.timeoutMs, killSignal: 'SIGKILL' }),
  });
  if (command.stdin && child.stdin) feed(command.stdin, child.stdin);
  const [stdout, stderr, exitCode] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? undefined));
    }),
  ]);
  if (exitCode === 0) return stdout.trim();
  throw new GitFailed(command.args[0] ?? '', exitCode, stderr.trim());
}

/** The same for a question: undefined when git answers no (exit code 1 or 128). */
export async function askGit(command: GitCommand): Promise<string | undefined> {
  try {
    return await git(command);
  } catch (error) {
    if (error instanceof GitFailed && error.exitCode !== undefined) return undefined;
    throw error;
  }
}

function feed(source: { path: string; start: number }, target: NodeJS.WritableStream): void {
  const file = createReadStream(source.path, { start: source.start });
  // git may end before it has read all; its exit code tells then, not the broken pipe.
  target.on('error', () => file.destroy());
  file.on('error', () => target.end());
  file.pipe(target);
}

/** Reads all of it, keeping the last 1 MiB. */
async function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  let kept = Buffer.alloc(0);
  for await (const piece of stream ?? []) {
    kept = Buffer.concat([kept, Buffer.from(piece)]).subarray(-outputLimit);
  }
  return kept.toString('utf8');
}
