import { imageCheck, lastWords } from '@verve/contract';

import type { WorkerSettings } from '../../config.ts';
import type { Finding } from '../../doctor/finding.ts';
import { wordsOf } from '../../kubernetes/api-error.ts';
import { openCluster } from '../../kubernetes/cluster.ts';
import { checkAgents } from './agent-check.ts';
import { askImage, type ImageAnswer } from './image-questions.ts';
import { jsonOf } from './json-answer.ts';

const check = 'image';
/** Numbers of docs/agent-image.md. */
const requirements = { runner: 1, library: 2 } as const;

/**
 * How an image keeps to docs/agent-image.md, by a pod as runs have it, and whether runs of the agents that are configured
 * with it could begin.
 */
export async function checkAgentImage(
  settings: WorkerSettings,
  image: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const questioner = { cluster: openCluster(settings.kubernetes), settings: settings.kubernetes };
    const answer = await askImage(questioner, { image, args: ['check-image'] }, signal);
    const findings = findingsOf(image, answer);
    if (findings.some(({ state }) => state === 'failed')) return findings;
    const agents = settings.agents.filter((agent) => agent.image === image);
    return [...findings, ...(await checkAgents({ settings, questioner }, agents, signal))];
  } catch (error) {
    const fix = 'See what verve-worker doctor says of the cluster.';
    return [{ check, state: 'failed', message: `${image} cannot be looked at: ${wordsOf(error)}`, fix }];
  }
}

function findingsOf(image: string, answer: ImageAnswer): readonly Finding[] {
  if (answer.kind === 'hindered') return [unstarted(image, answer.by)];
  const { code, reason, message, log } = answer;
  if (reason === 'StartError') {
    const words = `${image} does not have the runner below /verve: ${message}`;
    return [ofRequirement(requirements.runner, words, 'COPY --from=verve-agent /verve /verve')];
  }
  const told = imageCheck.safeParse(jsonOf(log));
  if (told.success) {
    return told.data.findings.map(({ requirement, ...rest }) => ({
      check: `${check} ${requirement}`,
      state: rest.state,
      message: rest.message,
      ...(rest.fix !== undefined && { fix: rest.fix }),
    }));
  }
  const words = lastWords(log, 500) || message;
  if (/exec \S+ failed|shared librar|GLIBC|symbol/i.test(words)) {
    const fix =
      'Build on Debian 10, Ubuntu 20.04, RHEL 8 or later, with libstdc++, and COPY --from=verve-agent /verve /verve whole.';
    return [ofRequirement(requirements.library, `the runner does not start in ${image}: ${words}`, fix)];
  }
  const fix = 'Copy /verve from the verve-agent of the version that the worker has.';
  const end =
    reason === 'OOMKilled' ? 'it needed more memory than "kubernetes.resources.agent" gives' : words;
  const message_ = `the runner of ${image} ended with exit code ${code}: ${end}`;
  return [ofRequirement(requirements.runner, message_, fix)];
}

function unstarted(
  image: string,
  { kind, words }: Extract<ImageAnswer, { kind: 'hindered' }>['by'],
): Finding {
  const isImage = kind === 'image' || kind === 'broken';
  return {
    check,
    state: 'failed',
    message: isImage ? `${image} cannot be pulled: ${words}` : `no pod with ${image} can begin: ${words}`,
    fix: isImage
      ? 'Check its name, that the nodes reach the registry, and the Secrets in "kubernetes.imagePullSecrets".'
      : 'Change "kubernetes" in the configuration of the worker, or the rules of the namespace.',
  };
}

function ofRequirement(requirement: number, message: string, fix: string): Finding {
  return { check: `${check} ${requirement}`, state: 'failed', message, fix };
}
