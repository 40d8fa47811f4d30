import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import type { Handler, Runner } from './command-runner.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeyCommands } from './commands/key.ts';
import { addLoginCommands } from './commands/login.ts';
import { addProjectCommands } from './commands/project.ts';
import { addTaskCreateCommand } from './commands/task-create.ts';
import { addFollowUpCommand } from './commands/task-follow-up.ts';
import { addTaskListCommand } from './commands/task-list.ts';
import { addTaskLogsCommand } from './commands/task-logs.ts';
import { addTaskMoveCommands } from './commands/task-moves.ts';
import { addTaskShowCommand } from './commands/task-show.ts';
import { addWorkerCommands } from './commands/worker.ts';
import { createContext, type GlobalFlags, type Io } from './context.ts';
import { helpEnd, exitCodes, type ExitCode } from './exit-codes.ts';
import { describeFailure, failureText } from './failure.ts';

/** Carries out one command line; resolves to the exit code and never throws. */
export async function runProgram(io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const isJson = asksForJson(io.args);
  const runner: Runner =
    <A extends readonly unknown[]>(handler: Handler<A>) =>
    async (...given: unknown[]) => {
      const command = given.pop();
      if (!(command instanceof Command)) throw new TypeError('the command itself comes last');
      const context = await createContext(io, command.optsWithGlobals<GlobalFlags>());
      exitCode = (await handler(context, ...(given as unknown as A))) ?? exitCodes.ok;
    };
  try {
    await createProgram(io, runner, isJson).parseAsync([...io.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return endWith(error, io, isJson);
  }
}

async function endWith(error: unknown, io: Io, isJson: boolean): Promise<ExitCode> {
  if (io.signal.aborted) return exitCodes.interrupted;
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
  if (error instanceof CommanderError && error.code === 'commander.help' && !isJson) return exitCodes.usage;
  const failure = describeFailure(error);
  await io.stderr.write(failureText(failure, isJson));
  return failure.exitCode;
}

function createProgram(io: Io, runner: Runner, isJson: boolean): Command {
  const program = new Command('verve')
    .description('Give coding tasks to AI agents that run inside your own cluster.')
    .version(readVersion(), '-V, --version')
    .option('--url <address>', 'the server (default: VERVE_URL, the login, or http://localhost:8080)')
    .option('--key <key>', 'the key to call it with (default: VERVE_KEY, or the login)')
    .option('--json', 'answer in JSON, errors included')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void (isJson ? undefined : io.stderr.write(text)),
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', helpEnd);

  const task = program.command('task').description('create, watch and steer tasks');
  addTaskCreateCommand(task, runner);
  addTaskListCommand(task, runner);
  addTaskShowCommand(task, runner);
  addTaskLogsCommand(task, runner);
  addTaskMoveCommands(task, runner);
  addFollowUpCommand(task, runner);
  addWorkerCommands(program.command('worker').description('see and pause workers'), runner);
  addProjectCommands(program.command('project').description('see and change projects'), runner);
  addKeyCommands(program.command('key').description('make and revoke keys'), runner);
  addLoginCommands(program, runner);
  addDoctorCommand(program, runner, readVersion());
  return program;
}

/** Known before the command line is parsed, since a wrong one is told in JSON, too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
