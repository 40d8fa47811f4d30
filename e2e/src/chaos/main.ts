import { parseArgs } from 'node:util';

import { runChaos } from './run.ts';

// npm run chaos -- --database postgres|sqlite --seconds 60 --seed 1
const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const { database } = values;
if (database !== 'postgres' && database !== 'sqlite') {
  console.error('--database must be postgres or sqlite');
  process.exit(2);
}
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds must be a number above 0, --seed a whole number');
  process.exit(2);
}

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
const begun = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - begun) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

console.log(`chaos on ${database} for ${seconds} s, seed ${seed}`);
const report = await runChaos({ database, seconds, seed, say }, stop.signal);
console.log('\ninjected');
for (const [name, count] of Object.entries(report.injected))
  console.log(`  ${String(count).padStart(4)}  ${name}`);
console.log('tasks ended');
for (const [end, count] of Object.entries(report.ends)) console.log(`  ${String(count).padStart(4)}  ${end}`);
console.log(report.losses.length === 0 ? 'nothing was lost' : `LOST\n  ${report.losses.join('\n  ')}`);
process.exit(report.losses.length === 0 ? 0 : 1);
