import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

import type { WorkerSettings } from '../../config.ts';
import type { Finding } from '../../doctor/finding.ts';
import { checkAgent } from './agent-check.ts';

/** What `verve-agent` ends with when it does not know the phase: it starts. */
const usageExit = 2;
const patienceMs = 30_000;
/** The oldest git that the run's measures against hostile trees were tried on. */
const oldestGit = [2, 39] as const;

/** What runs as processes find on this machine. */
export interface ProgramCheck {
  readonly agentCommand: readonly string[];
  readonly settings: WorkerSettings;
}

/** Whether the programs of a run are there: git, verve-agent and the coding agents. */
export async function checkPrograms(
  { agentCommand, settings }: ProgramCheck,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { agents, searchPath } = settings;
  const commands = agents.flatMap(({ name, command }) =>
    command?.[0] ? [{ name, program: command[0] }] : [],
  );
  const program = await checkAgentProgram(agentCommand, searchPath);
  const asked = program.state === 'ok' ? agents : [];
  const answers = asked.map(async (agent) => checkAgent({ settings, agent, agentCommand }, signal));
  return [
    { check: 'executor', state: 'warning', message: 'process: it isolates nothing', fix: isolation },
    ...agents.flatMap(({ name, image }) => (image === undefined ? [] : [withoutImage(name)])),
    await checkGit(searchPath),
    program,
    ...(await Promise.all(commands.map(async (given) => checkCommand(given, searchPath)))),
    ...(await Promise.all(answers)).flat(),
  ];
}

function withoutImage(name: string): Finding {
  const message = `"${name}" has an image, which the executor "process" does not use`;
  return { check: 'agent', state: 'warning', message, fix: 'Take "image" away, or use another executor.' };
}

const isolation = 'For trials and development alone: a run can do whatever the user of the worker can.';

async function checkGit(searchPath: string): Promise<Finding> {
  const { output, error } = await tryProgram(['git', '--version'], searchPath);
  const found = /(\d+)\.(\d+)[.\d]*/.exec(output);
  if (!found) {
    const fix = 'Install git where the PATH of the worker leads.';
    return { check: 'git', state: 'failed', message: `git does not start: ${error ?? output}`, fix };
  }
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const isOld = major < oldestGit[0] || (major === oldestGit[0] && minor < oldestGit[1]);
  if (!isOld) return { check: 'git', state: 'ok', message: found[0] };
  const fix = `Install git ${oldestGit.join('.')} or newer.`;
  return {
    check: 'git',
    state: 'warning',
    message: `${found[0]} is older than what Verve is tried with`,
    fix,
  };
}

async function checkAgentProgram(agentCommand: readonly string[], searchPath: string): Promise<Finding> {
  const command = agentCommand.join(' ');
  const { exitCode, output, error } = await tryProgram([...agentCommand, 'no-such-phase'], searchPath);
  if (exitCode === usageExit) return { check: 'verve-agent', state: 'ok', message: `it starts: ${command}` };
  const how = error ?? `it ended with exit code ${exitCode} and ${output.trim() || 'no words'}`;
  return {
    check: 'verve-agent',
    state: 'failed',
    message: `${command} does not start: ${how}`,
    fix: 'Check "agentCommand", or leave it out to use the one that came with the worker.',
  };
}

async function checkCommand(
  { name, program }: { readonly name: string; readonly program: string },
  searchPath: string,
): Promise<Finding> {
  const places = isAbsolute(program)
    ? [program]
    : searchPath.split(delimiter).map((path) => join(path, program));
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return { check: 'agent', state: 'ok', message: `"${name}": ${place}` };
  }
  const fix = 'Install it where the PATH of the worker leads, or give its whole path.';
  return { check: 'agent', state: 'failed', message: `"${name}": there is no program ${program}`, fix };
}

interface Trial {
  readonly exitCode?: number;
  readonly output: string;
  readonly error?: string;
}

async function tryProgram([program = '', ...args]: readonly string[], searchPath: string): Promise<Trial> {
  try {
    const options = { env: { PATH: searchPath }, timeout: patienceMs };
    const { stdout } = await promisify(execFile)(program, args, options);
    return { exitCode: 0, output: stdout };
  } catch (error) {
    const { code, stderr = '', message } = error as { code?: unknown; stderr?: string; message: string };
    return typeof code === 'number' ? { exitCode: code, output: stderr } : { output: stderr, error: message };
  }
}
