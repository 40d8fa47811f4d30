import { relative } from 'node:path';

import { defaultPort } from '@verve/contract';

import type { TrialSettings } from './settings.ts';
import { shellWord } from './shell-word.ts';

/** What the trial says once it runs: where everything is, and what to try. */
export function banner(settings: TrialSettings, adminKey: string, agentLines: readonly string[]): string {
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
    ...agentLines,
    'Ctrl-C stops it; started again, it goes on from here. A run that is under way does not stop with it:',
    'cancel its task before (npx verve task cancel …), or let it end.',
    '',
  ].join('\n');
}
