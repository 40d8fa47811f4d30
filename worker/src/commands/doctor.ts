import { SettingsInvalid } from '@verve/contract';

import { loadConfig, type Environment, type WorkerConfig, type WorkerSettings } from '../config.ts';
import { examine } from '../doctor/examination.ts';
import type { Finding } from '../doctor/finding.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What the examination takes. */
export interface DoctorParts {
  readonly env: Environment;
  readonly isJson: boolean;
  readonly write: (text: string) => unknown;
  readonly checkExecutor: (settings: WorkerSettings) => Promise<readonly Finding[]>;
  readonly homeOf: (settings: WorkerSettings) => string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

const marks = { ok: '✓', warning: '!', failed: '✗' } as const satisfies Record<Finding['state'], string>;

/** `verve-worker doctor`: examines all that a worker needs, changes nothing, and says how to mend what fails. */
export async function runDoctor(parts: DoctorParts): Promise<ExitCode> {
  const findings = await find(parts);
  const hasFailed = findings.some((finding) => finding.state === 'failed');
  if (parts.isJson) parts.write(`${JSON.stringify({ ok: !hasFailed, findings }, undefined, 2)}\n`);
  else for (const finding of findings) parts.write(linesOf(finding));
  return hasFailed ? exitCodes.failed : exitCodes.ok;
}

async function find(parts: DoctorParts): Promise<readonly Finding[]> {
  let config: WorkerConfig;
  try {
    config = loadConfig(parts.env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    return error.problems.map(({ path, message }) => ({
      check: 'config',
      state: 'failed',
      message: `${path}: ${message}`,
      fix: 'docs/worker-settings.md has every setting.',
    }));
  }
  const { settings } = config;
  const home = parts.homeOf(settings);
  return examine({ config, home, checkExecutor: parts.checkExecutor, fetch: parts.fetch }, parts.signal);
}

function linesOf({ state, check, message, fix }: Finding): string {
  const first = `${marks[state]} ${check.padEnd(12)} ${message}\n`;
  return fix === undefined ? first : `${first}               → ${fix}\n`;
}
