import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { agentCheck, lastWords } from '@verve/contract';

import type { AgentSettings } from '../../agent-settings.ts';
import type { WorkerSettings } from '../../config.ts';
import { findingsOfAgent } from '../../doctor/agent-findings.ts';
import type { Finding } from '../../doctor/finding.ts';
import { agentEnvironmentOf } from '../../run-preparation.ts';
import { agentSpecOf } from '../../run-spec.ts';

const patienceMs = 120_000;
const quotedLength = 500;

/** What an agent is asked with. */
export interface AgentQuestion {
  readonly settings: WorkerSettings;
  readonly agent: AgentSettings;
  readonly agentCommand: readonly string[];
}

/** Whether runs with an agent can begin: its program, its version, and whether its model host takes the key. */
export async function checkAgent(question: AgentQuestion, signal: AbortSignal): Promise<readonly Finding[]> {
  const { name } = question.agent;
  const { environment, problem } = await agentEnvironmentOf(question.agent);
  try {
    const told = agentCheck.parse(JSON.parse(await ask(question, environment, signal)));
    // Files with secrets are a check of their own.
    return findingsOfAgent(name, told, problem === undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fix = 'Check "agentCommand", and "environment" of the agent.';
    return [{ check: 'agent', state: 'failed', message: `"${name}" cannot be checked: ${why}`, fix }];
  }
}

async function ask(
  { settings, agent, agentCommand }: AgentQuestion,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const [program = '', ...args] = agentCommand;
  const child = spawn(program, [...args, 'check'], {
    // The program's own proxy counts for the question, too.
    env: { PATH: settings.searchPath, LANG: 'C.UTF-8', NODE_USE_ENV_PROXY: '1', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patienceMs,
    signal,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ agent: agentSpecOf(settings, agent) }));
  const started = new Promise<never>((_, reject) => child.once('error', reject));
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [out, err] = await Promise.race([said, started]);
  if (out === '') throw new Error(lastWords(err, quotedLength) || 'verve-agent said nothing');
  return out;
}
