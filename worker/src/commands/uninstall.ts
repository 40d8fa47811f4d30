import { leaseTimes, SettingsInvalid } from '@verve/contract';

import type { Environment } from '../config.ts';
import { counted } from '../kubernetes/leftovers.ts';
import { loadUninstallSettings, type UninstallSettings } from '../uninstall-config.ts';
import type { Uninstallation } from '../uninstallation.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What removing takes. */
export interface UninstallParts {
  readonly env: Environment;
  readonly isJson: boolean;
  readonly write: (text: string) => unknown;
  readonly writeError: (text: string) => unknown;
  readonly uninstall: (
    settings: UninstallSettings,
    standBy: (holder: string, waitMs: number) => void,
    signal: AbortSignal,
  ) => Promise<Uninstallation>;
  readonly signal: AbortSignal;
}

/** `verve-worker uninstall`: removes what an installation left in Kubernetes, and says what that was. */
export async function runUninstall(parts: UninstallParts): Promise<ExitCode> {
  const { env, isJson, write, writeError, uninstall, signal } = parts;
  const standBy = (holder: string, waitMs: number): void => {
    const seconds = Math.ceil(waitMs / 1_000);
    writeError(
      `a worker of the installation is active (${holder}); waiting for its end, up to ${seconds} s\n`,
    );
  };
  let done: Uninstallation;
  try {
    done = await uninstall(loadUninstallSettings(env), standBy, signal);
  } catch (error) {
    if (error instanceof SettingsInvalid) {
      write(isJson ? json({ ok: false, problems: error.problems }) : `${error.message}\n`);
      return exitCodes.failed;
    }
    if (!signal.aborted) throw error;
    writeError('stopped before its end; what is left can be removed by another time\n');
    return exitCodes.failed;
  }
  const ok = done.problems.length === 0;
  write(isJson ? json({ ok, ...done }) : reportOf(done));
  return ok ? exitCodes.ok : exitCodes.failed;
}

/** The report for people. */
export function reportOf({ installation, namespace, removed, underWay, problems }: Uninstallation): string {
  const { agentRuns, workers, leases } = removed;
  const minutes = leaseTimes.leaseSeconds / 60;
  const lines = [
    ...told(agentRuns, 'AgentRun', ', with Jobs, pods and Secrets of theirs'),
    ...told(workers, 'Worker'),
    ...told(leases, 'Lease'),
    ...underWay.map(
      ({ taskId, attempt }) =>
        `${taskId} attempt ${attempt} was under way: the server gives it to another worker when its lease has run out (${minutes} minutes)`,
    ),
    ...problems.flatMap(({ message, fix }) => [`✗ ${message}`, `  → ${fix}`]),
  ];
  const nothing = `there is nothing of installation "${installation}" in namespace ${namespace}`;
  return `${(lines.length === 0 ? [nothing] : lines).join('\n')}\n`;
}

function told(count: number, noun: string, besides = ''): readonly string[] {
  return count === 0 ? [] : [`removed ${counted(count, noun)}${besides}`];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
