import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Driver } from '../driver.ts';
import { commandDriver } from './command.ts';

// The same file is TypeScript in the sources and JavaScript when built.
const program = fileURLToPath(new URL(`./demo-program${extname(import.meta.url)}`, import.meta.url));

/** An agent without a model: it writes the task into the repository's notes. */
export const demoDriver: Driver = {
  ...commandDriver,
  prepare(run) {
    const command = [process.execPath, program, run.taskFile];
    return commandDriver.prepare({ ...run, spec: { ...run.spec, agent: { ...run.spec.agent, command } } });
  },
};
