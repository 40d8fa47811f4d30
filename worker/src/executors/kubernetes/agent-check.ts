import { agentCheck, lastWords } from '@verve/contract';

import type { AgentSettings } from '../../agent-settings.ts';
import type { WorkerSettings } from '../../config.ts';
import { findingsOfAgent } from '../../doctor/agent-findings.ts';
import type { Finding } from '../../doctor/finding.ts';
import { wordsOf } from '../../kubernetes/api-error.ts';
import { agentEnvironmentOf } from '../../run-preparation.ts';
import { agentSpecOf } from '../../run-spec.ts';
import { askImage, type ImageAnswer, type Questioner } from './image-questions.ts';
import { jsonOf } from './json-answer.ts';
import { questionFolder } from './question-job.ts';

const file = 'question.json';

/** What agents are asked with. */
export interface AgentQuestions {
  readonly settings: WorkerSettings;
  readonly questioner: Questioner;
}

/** Whether runs with these agents can begin: each in its image, with its key, by a pod as runs have it. */
export async function checkAgents(
  questions: AgentQuestions,
  agents: readonly AgentSettings[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  // One after the other: a namespace may have a quota.
  for (const agent of agents) found.push(...(await checkAgent(questions, agent, signal)));
  return found;
}

async function checkAgent(
  { settings, questioner }: AgentQuestions,
  agent: AgentSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { environment, problem } = await agentEnvironmentOf(agent);
  const question = {
    image: agent.image ?? settings.kubernetes.image,
    args: ['check', `${questionFolder}/${file}`],
    environment,
    files: { [file]: JSON.stringify({ agent: agentSpecOf(settings, agent) }) },
  };
  try {
    const answer = await askImage(questioner, question, signal);
    const told = agentCheck.safeParse(answer.kind === 'ended' ? jsonOf(answer.log) : undefined);
    // Files with secrets are a check of their own.
    if (told.success) return findingsOfAgent(agent.name, told.data, problem === undefined);
    return [unanswered(agent.name, whyOf(answer), `verve-worker doctor image ${question.image}`)];
  } catch (error) {
    return [
      unanswered(agent.name, wordsOf(error), 'verve-worker doctor, which says what of the cluster it lacks'),
    ];
  }
}

function whyOf(answer: ImageAnswer): string {
  if (answer.kind === 'hindered') return answer.by.verdict.message ?? answer.by.words;
  return lastWords(answer.log, 500) || answer.message || `it ended with exit code ${answer.code}`;
}

function unanswered(name: string, why: string, help: string): Finding {
  return {
    check: 'agent',
    state: 'failed',
    message: `"${name}" cannot be checked: ${why}`,
    fix: `Ask ${help}.`,
  };
}
