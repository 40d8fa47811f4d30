import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { banner } from './trial/banner.ts';
import { makeDataFolder } from './trial/data-folder.ts';
import { readSecret, writeSecret } from './trial/kept-secret.ts';
import { isPortFree } from './trial/port.ts';
import { startProgram, type Program } from './trial/program.ts';
import { makeSampleRepository } from './trial/sample-repository.ts';
import { hasWorker, isReady, setUpServer, waitUntil, type Condition } from './trial/server-setup.ts';
import { CannotStart, readTrialSettings, type TrialSettings } from './trial/settings.ts';
import { setUpWorker } from './trial/worker-setup.ts';

// The trial: a server on SQLite, a worker that runs agents as processes, and a sample repository, on this machine.

const stopWithinMs = 30_000;
const startWithinMs = 60_000;

const programs: Program[] = [];
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
process.on('exit', () => programs.forEach((program) => program.kill()));

try {
  const settings = readTrialSettings(process.env);
  console.log(await startAll(settings));
  await untilStopped();
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(`\n${error instanceof CannotStart ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
if (stopping.signal.aborted)
  console.log('\nStopping … A run that is under way goes on; the next start takes it up.');
// The worker first, so that it can tell the server how it leaves things.
for (const program of programs.toReversed()) await program.stop(stopWithinMs);

/** Starts everything; resolves to what to tell of it. */
async function startAll(settings: TrialSettings): Promise<string> {
  const { dataDir, url, port, host } = settings;
  if (!(await isPortFree(port, host)))
    throw new CannotStart(
      `Port ${port} is taken: end what listens there, or choose another with VERVE_PORT.`,
    );
  makeDataFolder(dataDir);
  const adminKey = keepAdminKey(settings);
  const sample = join(dataDir, 'sample.git');
  makeSampleRepository(sample);
  const sampleUrl = pathToFileURL(sample).href;
  const { configFile, agentLines } = await setUpWorker(settings, sampleUrl, stopping.signal);

  start('server', settings, { VERVE_PORT: String(port), VERVE_HOST: host, VERVE_ADMIN_KEY: adminKey });
  await untilOrEnd('server', (signal) => isReady(url, signal));
  const workerKeyFile = join(dataDir, 'worker-key');
  const { client, workerKey } = await setUpServer({ url, adminKey, sampleUrl, workerKeyFile });
  start('worker', settings, { VERVE_CONFIG: configFile, VERVE_SERVER_URL: url, VERVE_KEY: workerKey });
  await untilOrEnd('worker', (signal) => hasWorker(client, signal));
  return banner(settings, adminKey, agentLines);
}

function keepAdminKey({ dataDir, adminKey }: TrialSettings): string {
  const file = join(dataDir, 'admin-key');
  const key = adminKey ?? readSecret(file) ?? `verve_${randomBytes(32).toString('base64url')}`;
  writeSecret(file, key);
  return key;
}

type ProgramName = 'server' | 'worker';

function start(
  name: ProgramName,
  { dataDir, environment }: TrialSettings,
  own: Readonly<Record<string, string>>,
): void {
  const program = startProgram({
    name,
    entry: `${name}/src/main.ts`,
    env: { ...environment, VERVE_DATA_DIR: dataDir, ...own },
    logFile: join(dataDir, `${name}.log`),
    onNotice: (line) => console.error(`${name} | ${line}`),
  });
  programs.push(program);
}

/** Waits until a program is ready, for as long as all of them run. */
async function untilOrEnd(name: ProgramName, holds: Condition): Promise<void> {
  const waiting = new AbortController();
  const late = AbortSignal.timeout(startWithinMs);
  const signal = AbortSignal.any([waiting.signal, stopping.signal, late]);
  try {
    await Promise.race([waitUntil(holds, signal), anyEnd()]);
  } catch (error) {
    if (!late.aborted) throw error;
    throw new CannotStart(`The ${name} was not ready within ${startWithinMs / 1000} s; its log says why.`);
  } finally {
    waiting.abort();
  }
}

async function untilStopped(): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  stopping.signal.addEventListener('abort', () => stopped.resolve());
  if (stopping.signal.aborted) return;
  await Promise.race([stopped.promise, anyEnd()]);
}

/** Throws when a program ends that should run. */
async function anyEnd(): Promise<void> {
  const ends = programs.map((program) => program.ended.then((how) => ({ program, how })));
  const { program, how } = await Promise.race(ends);
  if (stopping.signal.aborted) return;
  const words = program.lastLines().map((line) => `  ${line}`);
  throw new CannotStart([`The ${program.name} ${how}. Its last words:`, ...words].join('\n'));
}
