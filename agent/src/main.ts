import { phase } from '@verve/contract';

import { readPhaseInput } from './config.ts';
import { runPhase } from './phase.ts';

// verve-agent <phase>: runs one phase of a run, and leaves its outcome in $VERVE_OUT/outcome.json.
const name = phase.safeParse(process.argv[2]);
if (!name.success) {
  process.stderr.write('usage: verve-agent checkout|agent|publish\n');
  process.exit(2);
}

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());

const outcome = await runPhase(name.data, readPhaseInput(process.env), stop.signal);
const words = [outcome.reason, outcome.message].filter((part) => part !== undefined).join(': ');
if (words !== '') (outcome.status === 'completed' ? process.stdout : process.stderr).write(`${words}\n`);
process.exitCode = outcome.status === 'completed' ? 0 : 1;
