import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// scripted-agent <phase>: a stand-in for verve-agent that needs no git. The task's description is a JSON object with a
// shell script for each phase; one that ends well and leaves no outcome of its own has done what its phase is for.

interface Task {
  readonly description: string;
  readonly branch: string;
}

const phase = process.argv[2] ?? '';
const out = process.env['VERVE_OUT'] ?? '';
const task = JSON.parse(readFileSync(process.env['VERVE_TASK_FILE'] ?? '', 'utf8')) as Task;
const scripts = JSON.parse(task.description) as Record<string, string | undefined>;

const { status } = spawnSync('sh', ['-c', scripts[phase] ?? 'true'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
const outcomeFile = join(out, 'outcome.json');
if (status === 0 && !existsSync(outcomeFile)) {
  const pushed = { reason: 'BranchPushed', branch: task.branch, commit: 'c'.repeat(40) };
  writeFileSync(outcomeFile, JSON.stringify({ status: 'completed', ...(phase === 'publish' && pushed) }));
}
process.exitCode = status ?? 1;
