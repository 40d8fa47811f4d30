import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { describeProcess, isAlive } from '../../process-identity.ts';
import { shellSpec, temporaryFolder } from '../../testing/run.ts';
import { openLogReader } from './log-file.ts';
import { openLogWriter } from './log-writer.ts';
import { runFolder, type RunFolder } from './run-folder.ts';

const patience = { timeout: 60_000, interval: 20 };

vi.setConfig({ testTimeout: 120_000 });

/** No file of this process grows beyond so many bytes, as on a disk that is full then. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

async function textsOf(path: string): Promise<readonly string[]> {
  await using reader = openLogReader(path, undefined);
  return (await reader.next()).map(({ stream, text }) => `${stream} ${text}`);
}

test('a line that finds no room is lost, and a line says so when there is room again', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.jsonl');
  const log = openLogWriter(path, 'agent');
  onTestFinished(() => limitFiles('unlimited'));
  log.write('o', 'before');

  limitFiles(readFileSync(path).length);
  log.write('o', 'lost');
  log.write('e', 'lost, too');
  limitFiles('unlimited');
  log.write('o', 'after');

  expect(await textsOf(path)).toEqual([
    'o before',
    expect.stringMatching(/^v 2 line\(s\) are lost here: .*EFBIG/),
    'o after',
  ]);
});

test('a line that was written in part is written to its end, and spoils no other', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.jsonl');
  const log = openLogWriter(path, 'agent');
  onTestFinished(() => limitFiles('unlimited'));
  log.write('o', 'before');

  limitFiles(readFileSync(path).length + 10);
  log.write('o', 'in two parts');
  log.write('o', 'lost');
  const half = readFileSync(path).length;
  limitFiles('unlimited');
  log.end();

  expect(half % readFileSync(path).length).toBeGreaterThan(10);
  expect(await textsOf(path)).toEqual([
    'o before',
    'o in two parts',
    expect.stringMatching(/^v 1 line\(s\) are lost here/),
  ]);
});

test('what a crash cut off becomes a line that nobody reads', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.jsonl');
  writeFileSync(path, '[1,"o","agent","whole"]\n[2,"o","age');

  openLogWriter(path, 'publish').write('o', 'next');

  expect(await textsOf(path)).toEqual(['o whole', 'o next']);
});

/** The arguments of Node for a supervisor that runs a script as checkout. */
function superviseScript(run: RunFolder, script: string): readonly string[] {
  const supervisor = join(import.meta.dirname, 'supervisor.ts');
  return ['--conditions=source', supervisor, run.path, 'checkout', 'bash', '-c', script];
}

function newRun(path: string): RunFolder {
  const run = runFolder(join(path, 'runs'), shellSpec('file:///x.git', ''));
  mkdirSync(run.path, { recursive: true });
  return run;
}

test('a program is not ended for a log that finds no room', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const script = 'prlimit --pid $PPID --fsize=2000:; set -e; seq 1 20000; printf half; exit 3';

  spawnSync(process.execPath, superviseScript(run, script), { stdio: 'ignore' });

  expect(JSON.parse(readFileSync(run.exit('checkout'), 'utf8'))).toEqual({ code: 3 });
  expect((await textsOf(run.log))[0]).toBe('o 1');
});

test('how a phase went is told when there is room, and so is what the log lost', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const left = join(folder.path, 'left');
  const lines = 'prlimit --pid $PPID --fsize=0:; echo lost; exit 3';
  const script = `setsid sleep 1000 > /dev/null 2>&1 & echo $! > ${left}; ${lines}`;
  const env = { PATH: process.env['PATH'], HOME: run.home('checkout') };
  const options = { env, detached: true, stdio: 'ignore' } as const;
  const child = spawn(process.execPath, superviseScript(run, script), options);
  const exited = once(child, 'exit');
  await vi.waitFor(() => expect(readFileSync(left, 'utf8')).toMatch(/\n/), patience);
  // It is killed after the log's last line.
  const pid = Number(readFileSync(left, 'utf8'));
  await vi.waitFor(() => expect(isAlive(describeProcess(pid))).toBe(false), patience);

  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
  await exited;

  expect(JSON.parse(readFileSync(run.exit('checkout'), 'utf8'))).toEqual({ code: 3 });
  expect(await textsOf(run.log)).toEqual([expect.stringMatching(/^v 1 line\(s\) are lost here/)]);
});
