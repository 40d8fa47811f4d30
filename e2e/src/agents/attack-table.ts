import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../programs.ts';
import { attacks, type Attack } from './attacks.ts';
import { codingAgents, type CodingAgent } from './coding-agents.ts';
import { exposures } from './exposures.ts';

const file = join(root, 'docs', 'agents-attacks.md');
const head = `# Attacks of a repository on the coding agents

What came of files that lay in the repository when they were last tried with the real programs and the settings that Verve gives them; the model itself was harmless.
Made by \`VERVE_WRITE_TABLES=1 npm test -- e2e/src/agents/attacks.test.ts\`. [The threat model](threat-model.md) says what follows.

- **stopped**: it works on a program that is started by hand in a folder that is trusted, and not here.
- **ignored**: the program does not do that for anybody, started without somebody at its terminal.
- **runs code in the agent's phase**: nothing keeps the program from it. The container around the run is the boundary.
- **not applicable**: the program has no such thing.
`;

const exposureHead = `
## What a run shows

What a shell of the model finds in the midst of a run, and what else is told and left. Whatever a repository talks the model into can find the same.
`;

/** What came of an attack. */
export type AttackCell =
  | 'stopped'
  | 'ignored'
  | "runs code in the agent's phase"
  | 'leads requests away'
  | 'not applicable';

/** The table of attacks: a row for each, a column for each program. */
export interface AttackTable {
  add(agent: CodingAgent, row: string, came: string): void;
  /** Writes it into the documentation where the one who runs the tests asks for that and everything was run. */
  keep(): void;
}

/** Starts an empty table. */
export function createAttackTable(): AttackTable {
  const cells = new Map<string, string>();
  const line = (row: string): string[] => [
    row,
    ...codingAgents.map((agent) => cells.get(`${agent} ${row}`) ?? ''),
  ];
  const attackRows = attacks.map(({ name }) => name);
  const exposureRows = Object.values(exposures);
  return {
    add: (agent, row, came) => void cells.set(`${agent} ${row}`, came),
    keep() {
      const isWhole = cells.size === (attackRows.length + exposureRows.length) * codingAgents.length;
      if (process.env['VERVE_WRITE_TABLES'] !== '1' || !isWhole) return;
      const first = markdown(attackRows.map((row) => line(row)));
      const second = markdown(exposureRows.map((row) => line(row)));
      writeFileSync(file, `${head}\n${first}${exposureHead}\n${second}`);
    },
  };
}

/** What an attack came to, by whether anything was seen of it. */
export function cellOf(attack: Attack, agent: CodingAgent, isSeen: boolean): AttackCell {
  if (!attack.plants[agent]) return 'not applicable';
  if (isSeen) return attack.aim === 'code' ? "runs code in the agent's phase" : 'leads requests away';
  return attack.ignoredBy?.includes(agent) ? 'ignored' : 'stopped';
}

function markdown(rows: readonly (readonly string[])[]): string {
  const all = [['', ...codingAgents], ['---', ...codingAgents.map(() => '---')], ...rows];
  return `${all.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}
