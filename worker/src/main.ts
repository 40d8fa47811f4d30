#!/usr/bin/env -S node --conditions=source
import { pino } from 'pino';

import { parseArguments, usage } from './commands/arguments.ts';
import { checkConfig } from './commands/config-check.ts';
import { runDoctor, runImageDoctor } from './commands/doctor.ts';
import { exitCodes, type ExitCode } from './commands/exit-codes.ts';
import { run } from './commands/run.ts';
import { runUninstall } from './commands/uninstall.ts';
import { loggedError } from './logged-error.ts';
import { checkExecutor, checkImage, homeOf, runWorker, version } from './wiring.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

process.exitCode = await main();

async function main(): Promise<ExitCode> {
  const { env } = process;
  const write = (text: string): unknown => process.stdout.write(text);
  const command = parseArguments(process.argv.slice(2));
  switch (command.name) {
    case 'run':
      return run({
        env,
        createLogger: (level) => pino({ level, base: null, serializers: { err: loggedError } }),
        runWorker,
        writeError: (text) => process.stderr.write(text),
        signal: stop.signal,
      });
    case 'doctor':
      return runDoctor({
        env,
        isJson: command.isJson,
        write,
        checkExecutor,
        homeOf,
        signal: stop.signal,
      });
    case 'doctor image': {
      const { image, isJson } = command;
      return runImageDoctor({ env, isJson, image, write, checkImage, signal: stop.signal });
    }
    case 'config check':
      return checkConfig({ env, isJson: command.isJson, write });
    case 'uninstall': {
      // Loaded where it is needed alone: the client of Kubernetes is large.
      const { uninstallFrom: uninstall } = await import('./wiring-uninstall.ts');
      const writeError = (text: string): unknown => process.stderr.write(text);
      return runUninstall({ env, isJson: command.isJson, write, writeError, uninstall, signal: stop.signal });
    }
    case 'help':
      write(usage);
      return exitCodes.ok;
    case 'version':
      write(`${version}\n`);
      return exitCodes.ok;
    case 'unknown':
      process.stderr.write(`verve-worker: ${command.problem}\n\n${usage}`);
      return exitCodes.usage;
    default:
      return command satisfies never;
  }
}
