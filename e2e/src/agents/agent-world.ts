import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import type { Client } from '@verve/contract';

import { forgeAdmin, type ForgeAdmin } from '../forge-admin.ts';
import { forgeAccess } from '../forge-world.ts';
import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { startCli, type Ended, type Running } from '../programs.ts';
import { adminKey } from '../replicas.ts';
import { startServerAndWorker } from '../server-and-worker.ts';
import { startTlsProxy } from '../tls-proxy.ts';
import { codingAgents, entryOf, programsFolder } from './coding-agents.ts';

/** The key of the model host, which nobody else may see. */
export const modelKey = 'model-key-of-the-tests-4711';

/** Server, a worker with every coding agent, and their model host. */
export interface AgentWorld extends AsyncDisposable {
  /** Whatever runs of it names this folder. */
  readonly folder: string;
  readonly client: Client;
  readonly models: ModelServer;
  readonly worker: Running;
  /** Of the worker, with which its other commands find all of it. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** Runs a command of the CLI to its end. */
  verve(...args: string[]): Promise<Ended>;
}

/** A world whose repositories stand on a real forge. */
export interface ForgedAgentWorld extends AgentWorld {
  readonly forge: ForgeAdmin;
  /** Where a repository of that full name is for git. */
  urlOf(repository: string): string;
}

/** What a description says to the scripted model. */
export function scripted(...steps: readonly object[]): string {
  return `Do what the script says.\n\n${steps.map((step) => `MODEL> ${JSON.stringify(step)}`).join('\n')}`;
}

/** Starts one on repositories that git reaches as files, by these addresses. */
export async function startAgentWorld(repositories: readonly string[]): Promise<AgentWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-agents-'));
  return startWorld(folder, { repositories });
}

/** Starts one on the forge that the environment names. */
export async function startForgedAgentWorld(): Promise<ForgedAgentWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-agents-'));
  const forge = forgeAdmin();
  const proxy = await startTlsProxy(forge.url, folder);
  const settings = { repositories: [`${proxy.url}/**`], ...forgeAccess({ forge, proxy, folder }) };
  const world = await startWorld(folder, settings);
  return {
    ...world,
    forge,
    urlOf: (repository) => `${proxy.url}/${repository}.git`,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

async function startWorld(folder: string, settings: object): Promise<AgentWorld> {
  await using building = new AsyncDisposableStack();
  building.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const models = building.use(await startModelServer({ keys: [modelKey] }));
  const configuration = {
    settings: { ...settings, ...agentSettings(folder, models.url) },
    environment: { PATH: [programsFolder(), process.env['PATH']].filter(Boolean).join(delimiter) },
  };
  const started = building.use(await startServerAndWorker(folder, configuration));
  const { url, client, worker, workerEnvironment } = started;
  const cliEnvironment = { VERVE_URL: url, VERVE_KEY: adminKey, XDG_CONFIG_HOME: folder };
  const built = building.move();
  return {
    folder,
    client,
    models,
    worker,
    workerEnvironment,
    verve: async (...args) => startCli(args, cliEnvironment).ended,
    [Symbol.asyncDispose]: async () => built.disposeAsync(),
  };
}

function agentSettings(folder: string, modelUrl: string): object {
  const keyFile = join(folder, 'model-key');
  writeFileSync(keyFile, `${modelKey}\n`, { mode: 0o600 });
  const agents = codingAgents.map((agent) => {
    const entry = entryOf(agent, modelUrl);
    return { ...entry, modelHost: { ...entry.modelHost, keyFile } };
  });
  return { agents, capacity: 3, author: { name: 'Robo', email: 'robo@example.test' } };
}
