import type { Phase } from '@verve/contract/states';

import type { Environment } from '../config.ts';

/** What a container was given. */
export interface ContainerSetting {
  readonly phase: Phase;
  /** Program and arguments, the phase last. */
  readonly command: readonly string[];
  /** Of the program. */
  readonly environment: Environment;
  /** Folders that are made where they are not there: `HOME`, `TMPDIR` and `VERVE_OUT`. */
  readonly folders: readonly string[];
  /** `VERVE_OUT`: where the phase leaves its outcome. */
  readonly out: string;
  /** `VERVE_AGENT_OUT`: where the phase agent left its outcome. */
  readonly agentOut: string;
  /** `VERVE_PERMIT_FILE`: where publish gets its permit. */
  readonly permitFile: string | undefined;
  /** `VERVE_TERMINATION_FILE`: where the end is told. */
  readonly terminationFile: string;
}

const permitName = 'VERVE_PERMIT_FILE';
const terminationName = 'VERVE_TERMINATION_FILE';
const usualTerminationFile = '/dev/termination-log';

/** Reads what the executor has set; throws when it did not keep to the agreement. */
export function readContainerSetting(
  phase: Phase,
  command: readonly string[],
  env: Environment,
): ContainerSetting {
  function need(name: string): string {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  }

  const { [permitName]: permitFile, [terminationName]: terminationFile, ...environment } = env;
  const out = need('VERVE_OUT');
  const temporary = env['TMPDIR'];
  return {
    phase,
    command: [...command, phase],
    environment,
    folders: [need('HOME'), out, ...(temporary === undefined ? [] : [temporary])],
    out,
    agentOut: need('VERVE_AGENT_OUT'),
    permitFile: phase === 'publish' ? need(permitName) : permitFile,
    terminationFile: terminationFile ?? usualTerminationFile,
  };
}
