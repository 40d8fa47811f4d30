import { execFile } from 'node:child_process';

import { lastWords } from '@verve/contract/last-words';

import type { RequiredProgram } from './driver.ts';
import { PhaseFailed } from './outcome.ts';

/** A program that starts cold from a slow disk, on a busy machine. */
const patienceMs = 60_000;
const quotedLength = 500;

/** How a program is asked: in a folder in which nobody else wrote, since some read their settings there. */
export interface VersionQuestion {
  readonly program: RequiredProgram;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The version of a program on the PATH. Throws PhaseFailed (`ConfigInvalid`) when it is missing, broken or too old. */
export async function versionOf(question: VersionQuestion, signal: AbortSignal): Promise<string> {
  const { name, oldest } = question.program;
  const said = await ask(question, signal);
  const [version] = /\d+\.\d+\.\d+/.exec(said) ?? [];
  if (version === undefined) {
    throw new PhaseFailed(
      'ConfigInvalid',
      `${name} does not tell its version, but: ${said.slice(0, quotedLength)}`,
    );
  }
  if (isOlder(version, oldest)) {
    const fix = 'install a newer one where the worker runs agents';
    throw new PhaseFailed('ConfigInvalid', `${name} is version ${version}, and ${oldest} is needed; ${fix}`);
  }
  return version;
}

async function ask({ program, cwd, environment }: VersionQuestion, signal: AbortSignal): Promise<string> {
  const { name, versionArguments } = program;
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: { ...environment },
      timeout: patienceMs,
      signal,
      killSignal: 'SIGKILL',
    } as const;
    execFile(name, versionArguments, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal.aborted) reject(error);
      else reject(brokenProgram(program, error, `${stdout}${stderr}`));
    }).stdin?.end();
  });
}

function brokenProgram({ name, versionArguments }: RequiredProgram, error: Error, said: string): PhaseFailed {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  if (isMissing) {
    const fix = 'install it where the worker runs agents, or mend PATH in the environment of the agent';
    return new PhaseFailed('ConfigInvalid', `${name} is not on the PATH; ${fix}`, { cause: error });
  }
  const words = crashOf(said) ?? lastWords(said.trim() || error.message, quotedLength);
  const command = [name, ...versionArguments].join(' ');
  return new PhaseFailed('ConfigInvalid', `"${command}" fails: ${words}`, { cause: error });
}

/** What matters of the trace that Node prints when it cannot run a program: often that it is too old for it. */
function crashOf(said: string): string | undefined {
  const [node] = /^Node\.js v\S+$/m.exec(said) ?? [];
  const [error] = /^\w*Error\b.*$/m.exec(said) ?? [];
  return node !== undefined && error !== undefined ? `${error} (${node})` : undefined;
}

function isOlder(version: string, oldest: string): boolean {
  const [has, needs] = [version, oldest].map((one) => one.split('.').map(Number));
  const first = has?.findIndex((number, at) => number !== needs?.[at]) ?? -1;
  return first >= 0 && (has?.[first] ?? 0) < (needs?.[first] ?? 0);
}
