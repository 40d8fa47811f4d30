import { limits } from '@verve/contract/limits';
import { cutUtf8 } from '@verve/contract/lines';

import type { DriverEvent } from '../driver-event.ts';
import type { Driver, ProgramExit, Verdict } from '../driver.ts';
import { PhaseFailed } from '../outcome.ts';

/** The environment of one program has a bound on each entry; the whole description stands in the task file. */
const descriptionBytes = 64 * 1024;
const lastLines = 10;

type Final = DriverEvent & { readonly kind: 'final' };

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
      hasEventsFile: true,
    };
  },

  // Without an events file a command's output is its words.
  parse: (line) => [{ kind: 'text', text: line }],

  classify({ exit, events }) {
    const final = events.findLast((event) => event.kind === 'final');
    return {
      ...endOf(exit, events, final),
      ...(final?.summary !== undefined && { summary: final.summary }),
    };
  },
};

function endOf(exit: ProgramExit, events: readonly DriverEvent[], final: Final | undefined): Verdict {
  if (exit.kind === 'notStarted') return { reason: 'ConfigInvalid', message: exit.message };
  const isWell = exit.kind === 'exited' && exit.code === 0;
  if (isWell && final?.status !== 'failed') return {};
  const error = events.findLast((event) => event.kind === 'error' && event.reason !== undefined);
  const errorReason = error?.kind === 'error' ? error.reason : undefined;
  const words = final?.message ?? lastWords(events);
  const retryAfterSeconds =
    final?.retryAfterSeconds ?? events.findLast((event) => event.kind === 'retry')?.retryAfterSeconds;
  return {
    reason: final?.reason ?? errorReason ?? 'AgentFailed',
    message: isWell ? 'the command says that it failed' : how(exit),
    ...(words !== '' && { words }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function how(exit: Exclude<ProgramExit, { kind: 'notStarted' }>): string {
  return exit.kind === 'exited'
    ? `the command ended with exit code ${exit.code}`
    : `the command was ended by ${exit.signal}`;
}

function lastWords(events: readonly DriverEvent[]): string {
  const lines = events.flatMap((event) => {
    if (event.kind === 'text') return [event.text.trimEnd()];
    return event.kind === 'error' ? [event.message] : [];
  });
  const said = lines.filter((line) => line !== '').slice(-lastLines);
  return said.join('\n').slice(-limits.messageLength / 2);
}
