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
  readonly checkExecutor: (settings: WorkerSettings, signal: AbortSignal) => Promise<readonly Finding[]>;
  readonly homeOf: (settings: WorkerSettings) => string;
  readonly signal: AbortSignal;
}

const marks = { ok: '✓', warning: '!', failed: '✗' } as const satisfies Record<Finding['state'], string>;

/** `verve-worker doctor`: examines all that a worker needs, changes nothing, and says how to mend what fails. */
export async function runDoctor(parts: DoctorParts): Promise<ExitCode> {
  const { checkExecutor, signal } = parts;
  return report(parts, async (config) => {
    const home = parts.homeOf(config.settings);
    return examine({ config, home, checkExecutor }, signal);
  });
}

/** What looking at an image takes. */
export interface ImageDoctorParts extends Pick<DoctorParts, 'env' | 'isJson' | 'write' | 'signal'> {
  readonly image: string;
  readonly checkImage: (
    settings: WorkerSettings,
    image: string,
    signal: AbortSignal,
  ) => Promise<readonly Finding[]>;
}

/** `verve-worker doctor image`: looks at an image for the agent phase where runs run, and says how to mend it. */
export async function runImageDoctor(parts: ImageDoctorParts): Promise<ExitCode> {
  return report(parts, async ({ settings }) => parts.checkImage(settings, parts.image, parts.signal));
}

type Report = Pick<DoctorParts, 'env' | 'isJson' | 'write' | 'signal'>;

async function report(
  { env, isJson, write, signal }: Report,
  examination: (config: WorkerConfig) => Promise<readonly Finding[]>,
): Promise<ExitCode> {
  const config = readConfig(env);
  const findings =
    'problems' in config ? config.problems : await unlessAborted(signal, async () => examination(config));
  // What was asked for and then ended is no answer.
  if (!findings) return exitCodes.failed;
  const hasFailed = findings.some((finding) => finding.state === 'failed');
  if (isJson) write(`${JSON.stringify({ ok: !hasFailed, findings }, undefined, 2)}\n`);
  else for (const finding of findings) write(linesOf(finding));
  return hasFailed ? exitCodes.failed : exitCodes.ok;
}

async function unlessAborted<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    const answer = await ask();
    return signal.aborted ? undefined : answer;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function readConfig(env: Environment): WorkerConfig | { readonly problems: readonly Finding[] } {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    const fix = 'docs/worker-settings.md has every setting.';
    const problems = error.problems.map(({ path, message }): Finding => {
      return { check: 'config', state: 'failed', message: `${path}: ${message}`, fix };
    });
    return { problems };
  }
}

function linesOf({ state, check, message, fix }: Finding): string {
  const first = `${marks[state]} ${check.padEnd(12)} ${message}\n`;
  return fix === undefined ? first : `${first}               → ${fix}\n`;
}
