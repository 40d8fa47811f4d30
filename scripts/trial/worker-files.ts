import { existsSync, writeFileSync } from 'node:fs';

const command = `#!/bin/sh
# The trial's agent "command". It works on a task in the current directory, a clone of the repository.
# TASK_ID and TASK_DESCRIPTION say what is to be done; the file VERVE_TASK_FILE has all of the task as JSON.
# What it leaves in the directory becomes a commit; an exit code other than 0 fails the task.
# Edit it as you like: it is written once and never again.
set -eu

echo "Working on $TASK_ID"
printf -- '- %s\\n' "$TASK_DESCRIPTION" >> TODO.md
echo "Wrote it down in TODO.md"
`;

/** Where the files are, and what they are about. */
export interface WorkerFiles {
  readonly configFile: string;
  readonly commandFile: string;
  readonly sampleUrl: string;
  /** Entries of agents that were found on this machine, as YAML. */
  readonly agentEntries: readonly string[];
}

/** Writes the worker's configuration and the command that it offers, unless they are there: they are the user's. */
export function writeWorkerFiles(files: WorkerFiles): void {
  if (!existsSync(files.commandFile)) writeFileSync(files.commandFile, command, { mode: 0o755 });
  if (!existsSync(files.configFile)) writeFileSync(files.configFile, configOf(files));
}

/** JSON strings are YAML strings, whatever is in a path. */
function configOf({ commandFile, sampleUrl, agentEntries }: WorkerFiles): string {
  return `# The trial's worker. Written once and never again: change it as you like, then start again.
name: trial
executor: process
capacity: 2
# 8081, say, for /healthz, /readyz and /metrics.
health:
  port: 0
# What the server is told of runs: full, events or states.
runLogs: full

# The worker's own policy: tasks on other repositories are not for it. Patterns: * within a path segment, ** any.
repositories:
  - ${JSON.stringify(sampleUrl)}

# The first is for tasks that name none.
agents:
  - name: demo
    driver: demo
  - name: command
    driver: command
    command: ["sh", ${JSON.stringify(commandFile)}]
${agentEntries.join('')}`;
}
