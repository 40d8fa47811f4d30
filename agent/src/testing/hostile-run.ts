import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';
import { expect } from 'vitest';

import type { Bounds } from '../bounds.ts';
import { allowPushes, serveHttps, type HttpsRemote } from './https-remote.ts';
import { createTestRun, shellAgent, type TestRun } from './run.ts';

/** A run whose agent is hostile, on a remote that asks for a login. */
export interface HostileRun extends AsyncDisposable {
  readonly run: TestRun;
  readonly remote: HttpsRemote;
  /** A program that leaves traces when anybody runs it. */
  readonly evil: string;
  readonly bundle: string;
  /** Lets the agent do something, with `$EVIL` and the folder of the run as `$RUN`. */
  work(script: string): Promise<PhaseOutcome>;
  publish(): Promise<PhaseOutcome>;
  /** What must hold whatever was tried. */
  checkPromise(): void;
}

/** The password; it must be in no file but its own. */
const canary = 'canary-swordfish-4711';

/** What a hostile run may have of its own. */
export interface HostileOptions {
  readonly bounds?: Partial<Bounds>;
  /** The remote is a file URL, without a login: for what has nothing to do with how it is reached. */
  readonly isLocal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts one that is checked out. */
export async function startHostileRun(options: HostileOptions = {}): Promise<HostileRun> {
  const { bounds = {}, isLocal = false, environment = {} } = options;
  const run = createTestRun({ bounds, environment });
  allowPushes(run.remote);
  const remote = await serveHttps(run.folder);
  remote.login.password = canary;
  const [passwordFile, caFile, evil] = ['password', 'authority.pem', 'evil'].map((name) =>
    join(run.folder, name),
  ) as [string, string, string];
  writeFileSync(passwordFile, `${canary}\n`);
  writeFileSync(caFile, remote.authority);
  const traces = join(run.folder, 'traces');
  writeFileSync(evil, `#!/bin/sh\n{ echo "$0 $*"; env; } >> '${traces}'\ncat > /dev/null\n`);
  chmodSync(evil, 0o755);
  if (!isLocal) run.respec({ repository: `${remote.url}/remote.git` });
  run.grant({ credentials: [{ prefix: remote.url, username: 'verve', passwordFile }], caFile });
  expect(await run.run('checkout')).toMatchObject({ status: 'completed' });
  const base = run.git(run.remote, 'rev-parse', 'main');

  return {
    run,
    remote,
    evil,
    bundle: join(run.folder, 'agent', 'work.bundle'),
    async work(script) {
      run.respec({ agent: shellAgent(`EVIL='${evil}' RUN='${run.folder}'\n${script}`) });
      return run.run('agent');
    },
    publish: async () => run.run('publish'),
    checkPromise() {
      expect(existsSync(traces) ? readFileSync(traces, 'utf8') : 'nothing planted ran').toBe(
        'nothing planted ran',
      );
      expect(filesWith(run.folder, canary)).toEqual([passwordFile]);
      expect([...remote.logins]).toEqual(isLocal ? [] : [`verve:${canary}`]);
      checkRefs(run, base);
    },
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      run[Symbol.dispose]();
    },
  };
}

function filesWith(folder: string, text: string): string[] {
  const find = 'find "$0" -type f -size -10M -print0 | xargs -0 grep -lF -- "$1"; true';
  return execFileSync('sh', ['-c', find, folder, text], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** The base is where it was, and there is nothing else but the task's own branch, which descends from it. */
function checkRefs({ git, remote, spec }: TestRun, base: string): void {
  const refs = git(remote, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
  const [branch, marker] = [`refs/heads/${spec.branch}`, `refs/verve/pushed/${spec.taskId}`];
  const head = refs.find((ref) => ref.startsWith(`${branch} `))?.split(' ')[1];
  const own = head === undefined ? [] : [`${branch} ${head}`, `${marker} ${head}`];
  expect(refs).toEqual([`refs/heads/main ${base}`, ...own]);
  if (head === undefined) return;
  git(remote, 'merge-base', '--is-ancestor', base, head);
  expect(git(remote, 'log', '-p', '--format=%B', head)).not.toContain(canary);
}
