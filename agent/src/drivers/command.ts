import { cutUtf8, limits } from '@verve/contract';

import type { Driver, DriverEvent, ProgramExit } from '../driver.ts';
import { PhaseFailed } from '../outcome.ts';

/** The environment of one program has a bound on each entry; the whole description stands in the task file. */
const descriptionBytes = 64 * 1024;
const lastLines = 10;

/** A command line from the worker's configuration, which works on the task file and the tree. */
export const commandDriver: Driver = {
  prepare({ spec, taskFile }) {
    const [program, ...args] = spec.agent.command ?? [];
    if (program === undefined) {
      throw new PhaseFailed(
        'ConfigInvalid',
        `the agent "${spec.agent.name}" has the driver "command" and no command`,
      );
    }
    return {
      argv: [program, ...args],
      environment: {
        TASK_ID: spec.taskId,
        TASK_DESCRIPTION: cutUtf8(spec.description, descriptionBytes),
        VERVE_TASK_FILE: taskFile,
      },
    };
  },

  // A command has no events of its own: its output is its words.
  parse: (line) => [{ kind: 'text', text: line }],

  classify(exit, events) {
    if (exit.kind === 'exited' && exit.code === 0) return {};
    if (exit.kind === 'notStarted') return { reason: 'ConfigInvalid', message: exit.message };
    const words = lastWords(events);
    const message =
      words === '' ? `${how(exit)} and said nothing` : `${how(exit)}. Its last words:\n${words}`;
    return { reason: 'AgentFailed', message };
  },
};

function how(exit: Exclude<ProgramExit, { kind: 'notStarted' }>): string {
  return exit.kind === 'exited'
    ? `the command ended with exit code ${exit.code}`
    : `the command was ended by ${exit.signal}`;
}

function lastWords(events: readonly DriverEvent[]): string {
  const lines = events.flatMap((event) => (event.kind === 'text' ? [event.text.trimEnd()] : []));
  const said = lines.filter((line) => line !== '').slice(-lastLines);
  return said.join('\n').slice(-limits.messageLength / 2);
}
