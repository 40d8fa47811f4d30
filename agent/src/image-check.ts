import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { driverNames, type ImageCheck, type ImageFinding } from '@verve/contract';

import { readIfThere } from './absence.ts';
import type { Environment } from './config.ts';
import type { RequiredProgram } from './driver.ts';
import { driverOf } from './drivers.ts';
import { createGit, findProgram } from './git.ts';
import { PhaseFailed } from './outcome.ts';
import { versionOf } from './program-version.ts';

/** Where an image is looked at. */
export interface ImagePlace {
  readonly env: Environment;
  /** Folder of the runner: `/verve`. */
  readonly runner: string;
  /** Folder that a volume of the run takes the place of: `/workspace`. */
  readonly workspace: string;
  /** Files of which one has the authorities that the image's programs trust. */
  readonly authorities: readonly string[];
  readonly shell: string;
  /** `/proc/self/mounts`. */
  readonly mounts: string;
  /** The version of the C library; undefined when it is another one than glibc. */
  readonly glibc: string | undefined;
  readonly user: number | undefined;
}

type Told = Omit<ImageFinding, 'requirement'>;

const patienceMs = 60_000;
const oldestGlibc = [2, 28] as const;
const oldestGit = [2, 39] as const;

/** Looks at the image that this program runs in: at least one finding for each requirement that docs/agent-image.md numbers. */
export async function checkImage(place: ImagePlace): Promise<ImageCheck> {
  const checks = [checkRunner, checkLibrary, checkGit, checkPrograms, checkPlaces];
  const told = await Promise.all(
    checks.map(async (check, n) => (await check(place)).map((one) => ({ requirement: n + 1, ...one }))),
  );
  return { findings: told.flat() };
}

/** The image of this process, as it is started. */
export async function ownImage(env: Environment): Promise<ImagePlace> {
  return {
    env,
    runner: '/verve',
    workspace: '/workspace',
    // Debian and Alpine, RHEL, SUSE, and where OpenSSL looks by itself.
    authorities: [
      '/etc/ssl/certs/ca-certificates.crt',
      '/etc/pki/tls/certs/ca-bundle.crt',
      '/etc/ssl/ca-bundle.pem',
      '/etc/ssl/cert.pem',
    ],
    shell: '/bin/sh',
    mounts: (await readIfThere('/proc/self/mounts')) ?? '',
    glibc: glibcVersion(),
    user: process.getuid?.(),
  };
}

function glibcVersion(): string | undefined {
  const { report } = process;
  // Names of hosts take long where DNS is slow.
  Object.assign(report, { excludeNetwork: true });
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
}

async function checkRunner({ runner }: ImagePlace): Promise<readonly Told[]> {
  const names = ['tini', 'node', 'verve-agent'];
  const missing: string[] = [];
  for (const name of names) if (!(await may(constants.X_OK, join(runner, 'bin', name)))) missing.push(name);
  if (missing.length === 0) return [ok(`${runner} has the runner, with Node ${process.versions.node}`)];
  const message = `${join(runner, 'bin')} lacks ${missing.join(', ')}, or user 1000 may not start it`;
  return [failed(message, 'COPY --from=verve-agent /verve /verve, with the modes that files have there.')];
}

async function checkLibrary({ glibc }: ImagePlace): Promise<readonly Told[]> {
  const fix = 'Build on Debian 10, Ubuntu 20.04, RHEL 8 or later.';
  if (glibc === undefined) return [failed('the C library is not glibc', fix)];
  if (isOlder(glibc, oldestGlibc))
    return [failed(`glibc ${glibc} is older than ${oldestGlibc.join('.')}`, fix)];
  return [ok(`glibc ${glibc}`)];
}

async function checkGit({ env }: ImagePlace): Promise<readonly Told[]> {
  const searchPath = env['PATH'] ?? '';
  const home = await mkdtemp(join(tmpdir(), 'verve-image-'));
  try {
    const program = findProgram('git', searchPath);
    const said = await createGit({ searchPath, home }).run({ args: ['--version'], cwd: home });
    const [version = ''] = /\d+\.\d+[.\d]*/.exec(said) ?? [];
    const folder = dirname(program);
    return [
      isOlder(version, oldestGit)
        ? failed(`${said} is older than ${oldestGit.join('.')}`, 'Install a newer git.')
        : ok(`git ${version} in ${folder}`),
      ...((await isWritable(folder))
        ? [
            failed(
              `${folder}, where git is, can be written by user 1000`,
              `chown root and chmod go-w ${folder}.`,
            ),
          ]
        : []),
    ];
  } catch (error) {
    return [failed(wordsOf(error), 'Install git 2.39 or later, in an absolute folder of PATH.')];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function checkPrograms({ env, authorities, shell }: ImagePlace): Promise<readonly Told[]> {
  const programs = driverNames.flatMap((name) => driverOf(name).program ?? []);
  const answers = (await Promise.all(programs.map(async (program) => askProgram(program, env)))).flat();
  const found = answers.flatMap((answer) => (answer.state === 'ok' ? [answer.message] : []));
  const broken = answers.filter(({ state }) => state !== 'ok');
  const none: Told = {
    state: 'warning',
    message: 'no program of a coding agent that Verve has a driver for is on PATH',
    fix: 'Install one and have PATH lead to it, unless its agent has the driver "command".',
  };
  const trusted = await Promise.all(authorities.map(async (path) => may(constants.R_OK, path)));
  return [
    ...(answers.length === 0 ? [none] : found.length > 0 ? [ok(found.join(', '))] : []),
    ...broken,
    ...((await may(constants.X_OK, shell)) ? [] : [withoutShell(shell)]),
    ...(trusted.includes(true) ? [] : [withoutAuthorities]),
  ];
}

/** Nothing for a program that is not there. */
async function askProgram(program: RequiredProgram, env: Environment): Promise<readonly Told[]> {
  try {
    findProgram(program.name, env['PATH'] ?? '');
  } catch {
    return [];
  }
  const cwd = await mkdtemp(join(tmpdir(), 'verve-image-'));
  try {
    const own = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const environment = { ...Object.fromEntries(own), HOME: cwd };
    const version = await versionOf({ program, cwd, environment }, AbortSignal.timeout(patienceMs));
    return [ok(`${program.name} ${version}`)];
  } catch (error) {
    if (!(error instanceof PhaseFailed) && !(error instanceof Error && error.name === 'AbortError'))
      throw error;
    return [failed(wordsOf(error), 'Scripts of Node find it by PATH="$PATH:/verve/bin".')];
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function withoutShell(shell: string): Told {
  const fix = 'Install a shell, unless the program of the agent does without.';
  return { state: 'warning', message: `there is no ${shell}, which coding agents run their tools by`, fix };
}

const withoutAuthorities: Told = {
  state: 'warning',
  message: 'there are no certificates of authorities, so programs may trust no host',
  fix: 'Install ca-certificates.',
};

async function checkPlaces(place: ImagePlace): Promise<readonly Told[]> {
  const { env, mounts, user, runner, workspace } = place;
  const places = { HOME: env['HOME'], TMPDIR: env['TMPDIR'] ?? '/tmp' };
  const shut: Told[] = [];
  for (const [name, path] of Object.entries(places)) {
    if (path !== undefined && (await isWritable(path))) continue;
    shut.push(failed(`${name} (${path ?? 'not set'}) cannot be written`, 'Let volumes be mounted there.'));
  }
  const hidden = [...(await besides(runner, ['bin', 'lib'])), ...(await besides(workspace, []))];
  const isReadOnly = mounts.split('\n').some((line) => /^\S+ \/ \S+ ro[, ]/.test(line));
  const how = `as user ${user ?? 'unknown'}${isReadOnly ? ', on a root file system that is read only' : ''}`;
  return [
    ...(shut.length > 0 ? shut : [ok(`it runs ${how}`)]),
    ...(isReadOnly && user === 1000 ? [] : [untried]),
    ...hidden.map((path): Told => ({
      state: 'warning',
      message: `${path} of the image is hidden from runs`,
      fix: `Have it elsewhere than below ${workspace}, /tmp and ${runner}.`,
    })),
  ];
}

const untried: Told = {
  state: 'warning',
  message: 'it was not tried as Kubernetes runs it: as user 1000, on a root file system that is read only',
  fix: 'Ask with verve-worker doctor image, or with --user 1000:1000 --read-only --tmpfs /tmp.',
};

async function besides(folder: string, known: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !known.includes(name)).map((name) => join(folder, name));
}

/** Whether a file can be made there; a folder that is not there is made, as that of HOME is. */
async function isWritable(folder: string): Promise<boolean> {
  const path = join(folder, `.verve-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, '', { flag: 'wx' });
    await rm(path);
    return true;
  } catch {
    return false;
  }
}

async function may(mode: number, path: string): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function isOlder(version: string, oldest: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function ok(message: string): Told {
  return { state: 'ok', message };
}

function failed(message: string, fix: string): Told {
  return { state: 'failed', message, fix };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
