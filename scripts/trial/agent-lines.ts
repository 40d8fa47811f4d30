import { entryOf, keyFileOf, strayEntry, type CodingAgent } from './coding-agents.ts';
import type { ConfiguredAgent } from './configured-agents.ts';
import { shellWord } from './shell-word.ts';

const howToHaveOne =
  'For a real coding agent, put claude, codex or gemini on the PATH and its key into the environment';

/** What the banner says of coding agents: how to use those that work, and what the others lack. */
export function agentLines(dataDir: string, agents: readonly CodingAgent[]): readonly string[] {
  if (agents.length === 0) return [howToHaveOne, ''];
  return agents.flatMap((agent) => [...linesOf(dataDir, agent), '']);
}

function linesOf(dataDir: string, agent: CodingAgent): readonly string[] {
  const { name, program, entries } = agent;
  if (program === 'absent')
    return [`worker.yaml has ${name}, which is not on the PATH: install it, then start again.`];
  if (program === 'broken')
    return [
      `${name} is here and does not start: mend it until "${name} --version" ends well, then start again.`,
    ];
  const stray = strayEntry(dataDir, agent);
  if (stray) return strayLines(dataDir, agent, stray);
  const [entry] = entries;
  return entry ? usageLines(dataDir, agent, entry) : additionLines(dataDir, agent);
}

function strayLines(dataDir: string, agent: CodingAgent, { baseUrl }: ConfiguredAgent): readonly string[] {
  const { name, key, hostVariable } = agent;
  return [
    `${name} is here with the key of ${key?.variable}, which is not kept, since its host is unclear:`,
    `  worker.yaml has     ${hostText(baseUrl)}`,
    `  the environment has ${hostText(agent.baseUrl)} (${hostVariable})`,
    `Mend "modelHost.baseUrl" of ${name} in worker.yaml and start again. Until then it has the key of before, if any:`,
    `  ${keyFileOf(dataDir, name)}`,
  ];
}

function usageLines(dataDir: string, agent: CodingAgent, entry: ConfiguredAgent): readonly string[] {
  const from = agent.key && entry.keyFile === keyFileOf(dataDir, agent.name);
  const where = from ? `${agent.key.variable}, kept in ${entry.keyFile}` : entry.keyFile;
  return [
    `${entry.name} works on the sample for real:`,
    ...(where === undefined ? [] : [`  Key   ${where}`]),
    ...(entry.baseUrl === undefined ? [] : [`  Host  ${hostText(entry.baseUrl)}`]),
    '',
    `  npx verve task create --follow --agent ${shellWord(entry.name)} "Say hello in three languages in greet.js"`,
  ];
}

function additionLines(dataDir: string, agent: CodingAgent): readonly string[] {
  const { name, key, baseUrl } = agent;
  const host = baseUrl === undefined ? '' : `, for ${hostText(baseUrl)}`;
  return [
    `${name} is here with the key of ${key?.variable}${host}. The key is kept in ${keyFileOf(dataDir, name)}.`,
    'Add it to "agents" in worker.yaml and start again:',
    '',
    entryOf(dataDir, agent).trimEnd(),
  ];
}

/** A host as it may be shown: without a login that is in its address. */
function hostText(baseUrl: string | undefined): string {
  return baseUrl === undefined ? "its maker's host" : baseUrl.replace(/^(\w+:\/\/)[^/]*@/, '$1');
}
