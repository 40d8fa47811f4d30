import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';

import { banner } from './banner.ts';
import { entryOf, findCodingAgents, keepModelKeys } from './coding-agents.ts';
import { readTrialSettings } from './settings.ts';
import { writeWorkerFiles } from './worker-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-trial-'));
for (const name of ['claude', 'codex']) writeFileSync(join(folder, name), '#!/bin/sh\n');
for (const name of ['claude', 'codex']) chmodSync(join(folder, name), 0o755);

afterAll(() => rmSync(folder, { recursive: true }));

test('an agent is found by its program and its key, never by one of them alone', () => {
  const env = { PATH: folder, ANTHROPIC_API_KEY: 'a', GEMINI_API_KEY: 'g' };

  expect(findCodingAgents(env)).toEqual([{ name: 'claude', key: 'a', keyVariable: 'ANTHROPIC_API_KEY' }]);
  expect(findCodingAgents({ PATH: folder })).toEqual([]);
  expect(findCodingAgents({ ...env, PATH: '/nowhere' })).toEqual([]);
});

test("it asks the host that the environment names, and the worker's configuration has no key", () => {
  const env = { PATH: folder, OPENAI_API_KEY: 'the-key', OPENAI_BASE_URL: 'https://gateway.example/v1' };
  const agents = findCodingAgents(env);

  keepModelKeys(folder, agents);
  const [entry = ''] = agents.map((agent) => entryOf(folder, agent));

  const keyFile = join(folder, 'model-keys', 'codex');
  const modelHost = { keyFile, baseUrl: 'https://gateway.example/v1' };
  expect(parse(entry)).toEqual([{ name: 'codex', driver: 'codex', modelHost }]);
  expect(readFileSync(keyFile, 'utf8')).toBe('the-key\n');
  expect(statSync(keyFile).mode & 0o077).toBe(0);
});

test('the banner says how to use one, or how to let the worker know of it', () => {
  const settings = readTrialSettings({ PATH: folder, ANTHROPIC_API_KEY: 'a', VERVE_DATA_DIR: folder });
  const files = { configFile: join(folder, 'worker.yaml'), commandFile: join(folder, 'command.sh') };
  const entries = settings.codingAgents.map((agent) => entryOf(folder, agent));

  writeWorkerFiles({ ...files, sampleUrl: 'file:///x', agentEntries: entries });
  const offered = banner(settings, 'verve_x');
  writeFileSync(files.configFile, 'agents: []\n');
  const missing = banner(settings, 'verve_x');

  expect(offered).toContain('npx verve task create --follow --agent claude');
  expect(missing).toContain('Add it to "agents" in worker.yaml');
  expect(missing).toContain('driver: claude');
});
