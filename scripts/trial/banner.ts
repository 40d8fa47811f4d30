import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { defaultPort } from '@verve/contract';

import { entryOf } from './coding-agents.ts';
import type { TrialSettings } from './settings.ts';

/** What the trial says once it runs: where everything is, and what to try. */
export function banner(settings: TrialSettings, adminKey: string): string {
  const below = relative(process.cwd(), settings.dataDir);
  const data = below === '' || below.startsWith('..') ? settings.dataDir : below;
  const url = settings.port === defaultPort ? [] : [`  export VERVE_URL=${settings.url}`];
  return [
    '',
    `Verve runs on ${settings.url}   (the API's documentation: ${settings.url}/docs)`,
    '',
    `  Admin key    ${adminKey}`,
    `  Sample       ${data}/sample.git`,
    `  Worker       ${data}/worker.yaml, ${data}/command.sh`,
    `  Logs         ${data}/server.log, ${data}/worker.log`,
    '',
    'Try it in a second terminal:',
    '',
    ...url,
    `  export VERVE_KEY=${adminKey}`,
    '  npx verve task create --follow "Add a greeting to the notes"',
    `  git -C ${shellWord(`${data}/sample.git`)} log --oneline --graph --all`,
    '',
    ...agentLines(settings),
    'Ctrl-C stops it; started again, it goes on from here. A run that is under way does not stop with it:',
    'cancel its task before (npx verve task cancel …), or let it end.',
    '',
  ].join('\n');
}

/** How to have a real agent, of those that are there. */
function agentLines({ codingAgents, dataDir }: TrialSettings): string[] {
  if (codingAgents.length === 0) {
    return [
      'For a real coding agent, put claude, codex or gemini on the PATH and its key into the environment',
      '',
    ];
  }
  const known = readFileSync(join(dataDir, 'worker.yaml'), 'utf8');
  return codingAgents.flatMap((agent) => {
    const { name, keyVariable } = agent;
    const found = `${name} is here with the key of ${keyVariable}, and works on the sample for real:`;
    if (!new RegExp(`^ *(?:- )?driver: ${name}$`, 'm').test(known)) {
      return [
        `${name} is here with the key of ${keyVariable}. Add it to "agents" in worker.yaml and start again:`,
        '',
        entryOf(dataDir, agent),
      ];
    }
    return [
      found,
      '',
      `  npx verve task create --follow --agent ${name} "Say hello in three languages in greet.js"`,
      '',
    ];
  });
}

/** A text as one word of a shell's command, in quotes where it needs them. */
function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
