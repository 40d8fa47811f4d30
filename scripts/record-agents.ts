import { parseArgs } from 'node:util';

import { cases } from './agents/cases.ts';
import { commands } from './agents/commands.ts';
import { findPlace, isComplete } from './agents/place.ts';
import { record } from './agents/recording.ts';

// Makes the recordings in agent/src/drivers/recordings again: of all programs and cases, or of those named. Linux alone.
const { values } = parseArgs({
  options: { program: { type: 'string', multiple: true }, case: { type: 'string', multiple: true } },
});
const place = findPlace(process.env);
if (!isComplete(place)) {
  console.error('The agents are not installed: npm run agents:install');
  process.exit(1);
}

for (const [name, what] of Object.entries(cases)) {
  if (values.case !== undefined && !values.case.includes(name)) continue;
  for (const [program, command] of Object.entries(commands)) {
    if (values.program !== undefined && !values.program.includes(program)) continue;
    if (what.only !== undefined && !what.only.includes(program)) continue;
    const { exit, seconds, signals, orphans } = await record({ program, name, what, command, place });
    console.log(
      [program, name, JSON.stringify(exit), `${seconds} s`, ...signals, `${orphans} orphans`].join('\t'),
    );
  }
}
