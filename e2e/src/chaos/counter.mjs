import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

// The agent of the chaos run: prints numbered lines in bursts for some seconds, and leaves a file.
const [lines = '2000', seconds = '4'] = process.argv.slice(2);
const bursts = 40;
for (let burst = 0; burst < bursts; burst += 1) {
  const from = Math.floor((burst * Number(lines)) / bursts);
  const to = Math.floor(((burst + 1) * Number(lines)) / bursts);
  const text = Array.from({ length: to - from }, (_, n) => `line ${from + n + 1}\n`).join('');
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  await pause((Number(seconds) * 1_000) / bursts);
}
writeFileSync(`${process.env['TASK_ID']}.txt`, 'done\n');
