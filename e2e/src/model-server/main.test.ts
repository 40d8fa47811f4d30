import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { startProgram } from '../programs.ts';

const entry = join(import.meta.dirname, 'main.ts');

it('is a program that says where it listens, follows a file and keeps a log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verve-model-server-'));
  const [script, log] = [join(folder, 'script.jsonl'), join(folder, 'requests.jsonl')];
  writeFileSync(script, '{"text":"from the file"}\n');
  const args = [entry, '--script', script, '--log', log];
  const program = startProgram({ command: 'node', args, own: {}, folder });
  await program.said('\n');
  const { listening } = JSON.parse(program.out()) as { listening: string };

  const answer = await fetch(`${listening}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ tools: [{ name: 'Bash' }], messages: [{ role: 'user', content: 'Hi' }] }),
  });
  const { code } = await program.end('SIGTERM');

  expect(await answer.json()).toMatchObject({ content: [{ text: 'from the file' }] });
  expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ dialect: 'anthropic', turn: 0, answer: 200 });
  expect(code).toBe(0);
  rmSync(folder, { recursive: true });
});
