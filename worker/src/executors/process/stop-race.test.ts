import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { processExecutor, requestOf, shellSpec, temporaryFolder } from '../../testing/run.ts';
import { runFolder, type RunFolder } from './run-folder.ts';

const supervisor = join(import.meta.dirname, 'supervisor.ts');

/** Ends a supervisor's start until a file is there; Node runs it before anything else. */
function holdingModule(path: string, { held, go }: { held: string; go: string }): string {
  const idle = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)';
  const wait = `while (!fs.existsSync(${JSON.stringify(go)})) ${idle};`;
  writeFileSync(
    path,
    `const fs = require('node:fs'); fs.writeFileSync(${JSON.stringify(held)}, ''); ${wait}`,
  );
  return path;
}

function newRun(path: string): RunFolder {
  const run = runFolder(join(path, 'runs'), { taskId: shellSpec('file:///x.git', '').taskId, attempt: 1 });
  mkdirSync(run.out('publish'), { recursive: true });
  writeFileSync(run.task, '{}');
  return run;
}

test('a phase that begins in a stopped run starts no program', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const ran = join(folder.path, 'ran');
  writeFileSync(run.stopped, '');

  spawnSync(process.execPath, ['--conditions=source', supervisor, run.path, 'checkout', 'touch', ran]);

  expect(existsSync(run.process('checkout'))).toBe(true);
  expect(existsSync(ran)).toBe(false);
});

test('what an earlier phase laid into the folder of a later one is gone when that begins', async () => {
  await using folder = temporaryFolder();
  const run = newRun(folder.path);
  const lie = join(run.out('publish'), 'outcome.json');
  writeFileSync(lie, '{"status":"completed","reason":"BranchPushed"}');

  spawnSync(process.execPath, ['--conditions=source', supervisor, run.path, 'publish', 'true']);

  expect(existsSync(run.exit('publish'))).toBe(true);
  expect(existsSync(lie)).toBe(false);
});

test('a run is stopped while its first phase is on its way', async () => {
  await using folder = temporaryFolder();
  await using executor = processExecutor(folder.path);
  const [held, go] = [join(folder.path, 'held'), join(folder.path, 'go')];
  const module = holdingModule(join(folder.path, 'hold.cjs'), { held, go });
  const spec = shellSpec('file:///x.git', 'true');
  const request = { ...requestOf(spec), gitEnvironment: { NODE_OPTIONS: `--require=${module}` } };
  await executor.start(request);
  await vi.waitFor(() => expect(existsSync(held)).toBe(true), 15_000);

  const stopped = executor.stop(spec);
  await vi.waitFor(() => expect(existsSync(runFolder(join(folder.path, 'runs'), spec).stopped)).toBe(true));
  writeFileSync(go, '');
  await stopped;

  for await (const state of executor.observe(spec, new AbortController().signal)) {
    expect(state).toEqual({ kind: 'ended', outcome: undefined });
  }
});
