import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { limitFiles } from '../../testing/file-limit.ts';
import { shellSpec, temporaryFolder } from '../../testing/run.ts';
import { openLogReader } from './log-file.ts';
import { openLogWriter } from './log-writer.ts';
import { runFolder, type RunFolder } from './run-folder.ts';

const patience = { timeout: 60_000, interval: 20 };

vi.setConfig({ testTimeout: 120_000 });

async function textsOf(path: string): Promise<readonly string[]> {
  await using reader = openLogReader(path, undefined);
  const texts: string[] = [];
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) {
    texts.push(...lines.map(({ stream, text }) => `${stream} ${text}`));
  }
  return texts;
}

test('a line that finds no room is not taken, and is when there is room again', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.jsonl');
  const log = openLogWriter(path, 'agent');
  onTestFinished(() => limitFiles('unlimited'));
  log.write('o', 'before');

  limitFiles(readFileSync(path).length);
  const wasTaken = log.write('o', 'after');
  limitFiles('unlimited');

  expect(wasTaken).toBe(false);
  expect(log.write('o', 'after')).toBe(true);
  expect(await textsOf(path)).toEqual(['o before', 'o after']);
});

test('a line that was written in part is written to its end, and spoils no other', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.jsonl');
  const log = openLogWriter(path, 'agent');
  onTestFinished(() => limitFiles('unlimited'));
  log.write('o', 'before');

  limitFiles(readFileSync(path).length + 10);
  const wereTaken = [log.write('o', 'in two parts'), log.write('o', 'next'), log.flush()];
  const half = readFileSync(path).length;
  limitFiles('unlimited');

  expect(wereTaken).toEqual([true, false, false]);
  expect(log.flush()).toBe(true);
  expect(half % readFileSync(path).length).toBeGreaterThan(10);
  expect(await textsOf(path)).toEqual(['o before', 'o in two parts']);
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

test('a program waits for the disk and loses no line, and neither does how it went', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const script = 'prlimit --pid $PPID --fsize=2000:; seq 1 20000; printf half; exit 3';
  const child = spawn(process.execPath, superviseScript(run, script), { detached: true, stdio: 'ignore' });
  const exited = once(child, 'exit');
  await vi.waitFor(() => expect(readFileSync(run.log)).toHaveLength(2_000), patience);

  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
  await exited;

  const numbers = Array.from({ length: 20_000 }, (_, n) => `o ${n + 1}`);
  expect(await textsOf(run.log)).toEqual([...numbers, 'o half']);
  expect(JSON.parse(readFileSync(run.exit('checkout'), 'utf8'))).toEqual({ code: 3 });
});

test('what a program leaves behind does not keep its phase from ending, nor its last words from the log', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const script = '(trap "" HUP; env -i setsid sleep 20) & seq 1 20000; exit 3';

  spawnSync(process.execPath, superviseScript(run, script), { stdio: 'ignore' });

  expect(await textsOf(run.log)).toHaveLength(20_000);
  expect(JSON.parse(readFileSync(run.exit('checkout'), 'utf8'))).toEqual({ code: 3 });
});
