import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { freePort, processesOf } from '../programs.ts';
import { skipWithout } from '../requirements.ts';
import { stackOf } from '../test-stack.ts';
import { createAgentRun, type AgentOutcome } from './agent-run.ts';
import { codingAgents, entryOf, type CodingAgent } from './coding-agents.ts';
import { outcomeCases, type OutcomeCase } from './outcome-cases.ts';
import { createOutcomeTable } from './outcome-table.ts';

const key = 'model-key-of-the-tests-4711';
const limitMs = 300_000;
const table = createOutcomeTable(outcomeCases.map(({ name }) => name));

afterAll(() => table.keep());

describe.each(codingAgents)('%s', (agent) => {
  test.concurrent.for(outcomeCases)('$name', { timeout: limitMs }, async (row, context) => {
    skipWithout('agents', context);
    const stack = stackOf(context);
    const server = stack.use(
      await startModelServer({ keys: [row.host === 'refusing' ? 'another key' : key] }),
    );

    const { outcome, hasBundle, seconds, folder } = await runCase(agent, row, { stack, server });

    const came = outcome.reason ?? (hasBundle ? 'Work' : 'nothing');
    table.add({ agent, row: row.name, came, seconds });
    expect(`${came}: ${outcome.message ?? ''}`).toMatch(
      new RegExp(`^${row.unlike?.[agent] ?? row.expected}: `),
    );
    if (row.quotes) expect(outcome.message).toMatch(row.quotes);
    expect(JSON.stringify(outcome)).not.toContain(key);
    expect(processesOf(folder)).toEqual([]);
  });
});

interface Ran {
  readonly outcome: AgentOutcome;
  readonly hasBundle: boolean;
  readonly seconds: number;
  readonly folder: string;
}

async function runCase(
  agent: CodingAgent,
  row: OutcomeCase,
  { stack, server }: { readonly stack: AsyncDisposableStack; readonly server: ModelServer },
): Promise<Ran> {
  const url = row.host === 'away' ? `http://127.0.0.1:${await freePort()}` : server.url;
  const script = row.script.map((step) => `MODEL> ${JSON.stringify(step)}`).join('\n');
  const run = stack.use(
    await createAgentRun({
      entry: { ...entryOf(agent, url), ...row.agent },
      key,
      description: `Do what the script says.\n\n${row.words ?? ''}\n\n${script}\n`,
    }),
  );
  const beganMs = performance.now();
  const program = run.start(row.program && pathWith(row.program, agent, run.folder));
  await program.ended;
  const seconds = (performance.now() - beganMs) / 1_000;
  return { outcome: run.outcome(), hasBundle: run.hasBundle(), seconds, folder: run.folder };
}

/** A PATH on which the program is missing, or one of an age that nobody knows. */
function pathWith(what: 'missing' | 'old', agent: CodingAgent, folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  if (what === 'old') {
    writeFileSync(join(bin, agent), '#!/bin/sh\necho 0.0.1\n');
    chmodSync(join(bin, agent), 0o755);
  }
  return [bin, '/usr/bin', '/bin'].join(delimiter);
}
