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

const programs = named(Object.entries(commands), values.program);
for (const [name, what] of named(Object.entries(cases), values.case)) {
  for (const [program, command] of named(programs, what.only)) {
    const { exit, seconds, signals, orphans } = await record({ program, name, what, command, place });
    console.log(
      [program, name, JSON.stringify(exit), `${seconds} s`, ...signals, `${orphans} orphans`].join('\t'),
    );
  }
}

/** Those of these names; all without names. */
function named<T>(entries: [string, T][], names: readonly string[] | undefined): [string, T][] {
  return names === undefined ? entries : entries.filter(([name]) => names.includes(name));
}
