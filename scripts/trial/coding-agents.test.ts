import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';

import { findCodingAgents } from './coding-agents.ts';
import { CannotStart } from './settings.ts';
import { setUpWorker } from './worker-setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-trial-'));
const wellBehaved = '#!/bin/sh\n[ "$*" = --version ] && [ -z "$ANTHROPIC_API_KEY" ]\n';
for (const name of ['claude', 'codex']) writeFileSync(join(folder, name), wellBehaved, { mode: 0o755 });
writeFileSync(join(folder, 'gemini'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });

const PATH = `${folder}:${process.env['PATH']}`;
const gateway = 'https://gateway.example/v1';
const { signal } = new AbortController();
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(folder, 'data-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the banner says of agents when the trial starts in this environment. */
async function start(environment: Readonly<Record<string, string>>): Promise<string> {
  const { agentLines } = await setUpWorker({ dataDir, environment }, 'file:///x', signal);
  return agentLines.join('\n');
}

function keyFile(name: string): string {
  return join(dataDir, 'model-keys', name);
}

function configured(): unknown {
  return parse(readFileSync(join(dataDir, 'worker.yaml'), 'utf8'));
}

function configure(...agents: readonly object[]): void {
  writeFileSync(join(dataDir, 'worker.yaml'), JSON.stringify({ agents }));
}

test('an agent is found by its program and its key, never by one of them alone', async () => {
  const env = { PATH, ANTHROPIC_API_KEY: 'a' };

  const found = await findCodingAgents(env, [], signal);

  const key = { variable: 'ANTHROPIC_API_KEY', value: 'a' };
  expect(found).toMatchObject([{ name: 'claude', program: 'works', key, baseUrl: undefined }]);
  expect(await findCodingAgents({ PATH }, [], signal)).toEqual([]);
  expect(await findCodingAgents({ ...env, PATH: '/nowhere' }, [], signal)).toEqual([]);
});

test('one whose program does not start is not offered, and told of', async () => {
  const said = await start({ PATH, GEMINI_API_KEY: 'g' });

  expect(said).toContain('gemini is here and does not start');
  expect(said).not.toContain('--agent gemini');
  expect(readFileSync(join(dataDir, 'worker.yaml'), 'utf8')).not.toContain('gemini');
  expect(existsSync(keyFile('gemini'))).toBe(false);
});

test("it asks the host that the environment names, and the worker's configuration has no key", async () => {
  const said = await start({ PATH, OPENAI_API_KEY: 'the-key', OPENAI_BASE_URL: gateway });

  const modelHost = { keyFile: keyFile('codex'), baseUrl: gateway };
  expect(configured()).toMatchObject({
    agents: [{}, {}, { name: 'codex', driver: 'codex', modelHost, maxTokens: 5_000_000 }],
  });
  expect(readFileSync(keyFile('codex'), 'utf8')).toBe('the-key\n');
  expect(statSync(keyFile('codex')).mode & 0o077).toBe(0);
  expect(said).toContain(`OPENAI_API_KEY, kept in ${keyFile('codex')}`);
  expect(said).toContain(`Host  ${gateway}`);
});

test("the maker's host is the maker's, also where the environment names it", async () => {
  await start({ PATH, ANTHROPIC_API_KEY: 'a' });

  const said = await start({
    PATH,
    ANTHROPIC_API_KEY: 'b',
    ANTHROPIC_BASE_URL: 'https://api.anthropic.com/',
  });

  expect(said).toContain('--agent claude');
  expect(said).not.toContain('Host');
  expect(readFileSync(keyFile('claude'), 'utf8')).toBe('b\n');
});

test('one that is configured is told how to be used when the environment has no key any more', async () => {
  await start({ PATH, ANTHROPIC_API_KEY: 'a' });

  const said = await start({ PATH });

  expect(said).toContain('npx verve task create --follow --agent claude');
  expect(said).toContain(keyFile('claude'));
  expect(said).not.toContain('For a real coding agent');
  expect(await start({ PATH: '/nowhere' })).toContain('claude, which is not on the PATH');
});

test('one that is not configured is told how to be', async () => {
  configure();

  const said = await start({ PATH, ANTHROPIC_API_KEY: 'a' });

  expect(said).toContain('Add it to "agents" in worker.yaml');
  expect(said).toContain('driver: claude');
  expect(said).toContain(`kept in ${keyFile('claude')}`);
});

const maker = "its maker's host";
const other = 'https://other.example';

test.each([
  [undefined, gateway],
  [gateway, undefined],
  [gateway, other],
])('a key never goes to the host %s that is for %s', async (had, has) => {
  const before = had === undefined ? {} : { ANTHROPIC_BASE_URL: had };
  const now = has === undefined ? {} : { ANTHROPIC_BASE_URL: has };
  await start({ PATH, ANTHROPIC_API_KEY: 'first', ...before });

  const said = await start({ PATH, ANTHROPIC_API_KEY: 'second', ...now });

  expect(readFileSync(keyFile('claude'), 'utf8')).toBe('first\n');
  expect(said).toContain(`worker.yaml has     ${had ?? maker}`);
  expect(said).toContain(`the environment has ${has ?? maker}`);
  expect(said).toContain('Mend "modelHost.baseUrl"');
});

test('a key that the configuration takes from elsewhere is not kept', async () => {
  const modelHost = { keyFile: '/etc/my-key', baseUrl: 'https://me:secret@gateway.example' };
  configure({ name: 'coder', driver: 'claude', modelHost });

  const said = await start({ PATH, ANTHROPIC_API_KEY: 'a' });

  expect(existsSync(keyFile('claude'))).toBe(false);
  expect(said).toContain('--agent coder');
  expect(said).toContain('Key   /etc/my-key');
  expect(said).toContain('Host  https://gateway.example');
});

test('a configuration that is no YAML is told in a sentence', async () => {
  writeFileSync(join(dataDir, 'worker.yaml'), 'agents: [');

  await expect(start({ PATH })).rejects.toThrow(CannotStart);
});
