import { defaultPort } from '@verve/contract';

import { shellWord } from '../trial/shell-word.ts';
import { kubectlWords, type Place } from './cluster.ts';

/** What is said once a task can be given: where everything is, and what to try. */
export function banner(place: Place, url: string, adminKey: string): string {
  const kubectl = kubectlWords(place);
  return [
    '',
    `Verve runs in ${place.namespace} of ${place.context}, reached on ${url}   (the API's documentation: ${url}/docs)`,
    '',
    'Try it in a second terminal:',
    '',
    `  export VERVE_URL=${url} VERVE_KEY=${adminKey}`,
    '  npx verve task create --wait "Add a greeting to the notes"',
    `  ${kubectl} get agentruns`,
    `  ${kubectl} exec --quiet deployment/verve-sample -- git -C /sample/notes.git log --oneline --graph --all`,
    '',
  ].join('\n');
}

/** How to reach the server while no port is forwarded. */
export function forwardLines(place: Place, port: number): string {
  return `Forward the port first:\n\n  ${kubectlWords(place)} port-forward service/verve-server ${port}:${defaultPort}`;
}

/** What stays behind, and how to take it away. */
export function farewell(place: Place): string {
  const { context, namespace } = place;
  return [
    `What is installed stays in ${namespace} of ${context} and goes on; the next start takes it up. To take it away:`,
    '',
    `  npm run dev:cluster -- --delete --context ${shellWord(context)} --namespace ${namespace}`,
  ].join('\n');
}
