import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AgentCheck, RunSpec } from '@verve/contract';

import { checkBudget } from './budget.ts';
import { readAgentEnvironment, type Environment } from './config.ts';
import type { Driver, ModelCheck } from './driver.ts';
import { driverOf } from './drivers.ts';
import { layOut } from './lay-out.ts';
import { PhaseFailed } from './outcome.ts';
import { versionOf } from './program-version.ts';

const patienceMs = 20_000;
const quotedLength = 300;

/** Whether a run with this agent could begin: its entry, its program, and whether the model host takes the key. */
export async function checkAgent(agent: RunSpec['agent'], env: Environment): Promise<AgentCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'verve-agent-check-'));
  try {
    const driver = driverOf(agent.driver);
    const program = await checkProgram(driver, { agent, env, folder });
    const modelHost = await checkModelHost(driver, agent, env);
    return { ...(program && { program }), ...(modelHost && { modelHost }) };
  } catch (error) {
    if (!(error instanceof PhaseFailed)) throw error;
    return { problem: error.message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly agent: RunSpec['agent'];
  readonly env: Environment;
  /** Of the check's own. */
  readonly folder: string;
}

async function checkProgram(
  driver: Driver,
  { agent, env, folder }: Place,
): Promise<NonNullable<AgentCheck['program']> | undefined> {
  checkBudget(agent);
  const { environment, modelKey } = readAgentEnvironment(env);
  const folders = { home: join(folder, 'home'), scratch: join(folder, 'scratch') };
  const preparation = driver.prepare({
    ...folders,
    spec: { agent, taskId: '', description: '' },
    modelKey,
    prompt: '',
    taskFile: join(folder, 'task.json'),
  });
  await layOut(preparation.files ?? [], folders);
  if (!driver.program) return undefined;
  const own = { ...environment, HOME: folders.home, ...preparation.environment };
  const question = { program: driver.program, cwd: folder, environment: own };
  return { name: driver.program.name, version: await versionOf(question, AbortSignal.timeout(patienceMs)) };
}

async function checkModelHost(
  driver: Driver,
  { modelHost = {} }: RunSpec['agent'],
  env: Environment,
): Promise<AgentCheck['modelHost']> {
  const { modelKey } = readAgentEnvironment(env);
  const check = driver.modelCheck?.(modelHost, modelKey);
  if (!check) return undefined;
  const told = await ask(check);
  if (told.answer !== 'refuses' || modelKey !== undefined) return { url: check.url, ...told };
  const words = `no key is configured, and it was asked without one (${told.words}); what the environment has is not tried`;
  return { url: check.url, answer: 'odd', words };
}

async function ask({ url, headers }: ModelCheck): Promise<Omit<NonNullable<AgentCheck['modelHost']>, 'url'>> {
  try {
    const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) });
    const words = `${answer.status} ${(await answer.text()).slice(0, quotedLength)}`.trim();
    if (answer.ok) return { answer: 'accepts', words: String(answer.status) };
    // Google answers 400 to a key that it does not know.
    const isRefused = [401, 403].includes(answer.status) || /api.?key/i.test(words);
    return { answer: isRefused ? 'refuses' : 'odd', words };
  } catch (error) {
    return { answer: 'away', words: wordsOf(error) };
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
