import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { AttemptRef } from '@verve/contract';

import { runName } from '../executor.ts';
import { pushed, type ExecutorStage } from './executor-contract/stage.ts';
import { processExecutor, requestOf, scriptedAgent, shellSpec, temporaryFolder } from './run.ts';

/** The stage of the process executor: a folder, and the processes of this machine. */
export function openProcessStage(): ExecutorStage {
  const folder = temporaryFolder();
  const open = new Set<AsyncDisposable>();
  let gates = 0;

  function alivePids(ref: AttemptRef): readonly number[] {
    const path = join(folder.path, 'runs', runName(ref));
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && traces(pid).some((trace) => trace.includes(path)));
  }

  return {
    open() {
      const executor = processExecutor(folder.path, { agentCommand: scriptedAgent });
      open.add(executor);
      return executor;
    },
    request(scripts, given) {
      const { branch } = pushed;
      const spec = { ...shellSpec('file:///x.git', 'true'), branch, description: JSON.stringify(scripts) };
      return { ...requestOf(spec), ...given };
    },
    gate() {
      const path = join(folder.path, `gate-${gates++}`);
      return {
        wait: `until test -e ${path}; do sleep 0.05; done`,
        open: async () => writeFileSync(path, ''),
      };
    },
    alive: async (ref) => alivePids(ref).map(String),
    async kill(ref) {
      for (let pids = alivePids(ref); pids.length > 0; pids = alivePids(ref)) {
        for (const pid of pids) killIfThere(pid);
        await wait(10);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const executor of open) await executor[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Where a process shows which run it belongs to; a zombie shows nothing. */
function traces(pid: number): readonly string[] {
  try {
    const files = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
    return [...files, readlinkSync(`/proc/${pid}/cwd`)];
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
