import { parseArgs } from 'node:util';

import { thisMachine, whyMissing } from '../requirements.ts';
import { runChaos, type ChaosReport } from './run.ts';

const usage = `npm run chaos -- [--database postgres|sqlite] [--seconds 60] [--seed 1] [--only forge]

Runs server, worker and database as real processes, lets things go wrong for so many seconds, mends them, waits for all
tasks to end, and tells what was lost. With FORGE_URL, FORGE_USER, FORGE_PASSWORD and FORGE_TOKEN of a Gitea's
administrator, tasks work on a new repository there and end with pull requests; without, on one on this machine. Ctrl-C
ends the faults early. --only is a regular expression: faults are drawn from those whose names it fits.`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const { database } = values;
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const only = new RegExp(values.only);
if ((database !== 'postgres' && database !== 'sqlite') || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(`--seconds must be a number above 0, --seed a whole number\n\n${usage}`);
  process.exit(2);
}

const stop = new AbortController();
// The library that brings Postgres would end this program at once, and leave behind all that it has started.
process.removeAllListeners('SIGINT').on('SIGINT', () => stop.abort());
const begun = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - begun) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const whyNoForge = whyMissing('forge', thisMachine);
console.log(`chaos on ${database} for ${seconds} s, seed ${seed}`);
console.log(whyNoForge === undefined ? 'with a forge' : `without a forge, and pull requests: ${whyNoForge}`);
const hasForge = whyNoForge === undefined;
const report = await runChaos({ database, hasForge, seconds, seed, only, say }, stop.signal);
tell(report);
process.exit(report.losses.length === 0 ? 0 : 1);

function tell({ injected, calls, ends, pullRequests, losses }: ChaosReport): void {
  table('\ninjected', injected);
  for (const [part, counts] of Object.entries(calls)) table(`calls of the ${part}`, counts);
  table('tasks ended', ends);
  if (pullRequests !== undefined) console.log(`pull requests\n  ${String(pullRequests).padStart(4)}`);
  console.log(losses.length === 0 ? 'nothing was lost' : `LOST\n  ${losses.join('\n  ')}`);
}

function table(head: string, rows: Readonly<Record<string, number>>): void {
  console.log(head);
  for (const [name, count] of Object.entries(rows)) console.log(`  ${String(count).padStart(4)}  ${name}`);
}
