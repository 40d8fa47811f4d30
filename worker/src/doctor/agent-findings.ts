import type { AgentCheck } from '@verve/contract';

import type { Finding } from './finding.ts';

/**
 * What is made of the answer of `verve-agent check` about an agent of that name. Where not all of its secrets could be
 * read, its model host was asked without its key, and what it said is nothing.
 */
export function findingsOfAgent(
  name: string,
  { problem, program, modelHost }: AgentCheck,
  isWhole: boolean,
): readonly Finding[] {
  if (problem !== undefined) return [{ check: 'agent', state: 'failed', message: `"${name}": ${problem}` }];
  const there: Finding = {
    check: 'agent',
    state: 'ok',
    message: program ? `"${name}": ${program.name} ${program.version}` : `"${name}"`,
  };
  return [there, ...(modelHost && isWhole ? [findingOfHost(name, modelHost)] : [])];
}

function findingOfHost(name: string, { url, answer, words }: NonNullable<AgentCheck['modelHost']>): Finding {
  const told = `"${name}": ${url}`;
  switch (answer) {
    case 'accepts':
      return { check: 'model host', state: 'ok', message: `${told} accepts the key` };
    case 'refuses':
      return failed(
        `${told} refuses the key: ${words}`,
        'Write a valid key into "modelHost.keyFile".',
        'model host',
      );
    case 'away':
      return failed(`${told} cannot be reached: ${words}`, hostFix, 'model host');
    case 'odd':
      return {
        check: 'model host',
        state: 'warning',
        message: `${told} does not say whether it takes the key: ${words}`,
        fix: 'Check "modelHost.baseUrl"; a gateway that lists no models may be well all the same.',
      };
    default:
      return answer satisfies never;
  }
}

const hostFix =
  'Check "modelHost.baseUrl", and the network: proxy and authorities go into "environment" of the agent.';

function failed(message: string, fix: string, check = 'agent'): Finding {
  return { check, state: 'failed', message, fix };
}
