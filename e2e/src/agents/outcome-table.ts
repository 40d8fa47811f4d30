import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../programs.ts';
import { codingAgents, type CodingAgent } from './coding-agents.ts';

const file = join(root, 'docs', 'agents-outcomes.md');
const head = `# Outcomes of the coding agents

What each end of a run came to when it was last tried with the real programs against a scripted model server: the reason, and the seconds that it took. \`Work\`: there was
something to publish. Made by \`VERVE_WRITE_TABLES=1 npm test -- e2e/src/agents/outcomes.test.ts\`.
`;

/** What one case came to. */
interface OutcomeCell {
  readonly agent: CodingAgent;
  readonly row: string;
  readonly came: string;
  readonly seconds: number;
}

/** The table of outcomes: a row for each case, a column for each agent. */
export interface OutcomeTable {
  add(cell: OutcomeCell): void;
  /** Writes it into the documentation where the one who runs the tests asks for that and every case was run. */
  keep(): void;
}

/** Starts a table with these rows. */
export function createOutcomeTable(rows: readonly string[]): OutcomeTable {
  const cells = new Map<string, OutcomeCell>();
  return {
    add: (cell) => void cells.set(`${cell.agent} ${cell.row}`, cell),
    keep() {
      if (process.env['VERVE_WRITE_TABLES'] !== '1' || cells.size < rows.length * codingAgents.length) return;
      const lines = rows.map((row) => [
        row,
        ...codingAgents.map((agent) => tell(cells.get(`${agent} ${row}`))),
      ]);
      const separator = ['---', ...codingAgents.map(() => '---')];
      const all = [['', ...codingAgents], separator, ...lines].map((line) => `| ${line.join(' | ')} |`);
      writeFileSync(file, `${head}\n${all.join('\n')}\n`);
    },
  };
}

function tell(cell: OutcomeCell | undefined): string {
  return cell ? `${cell.came}, ${cell.seconds.toFixed(0)} s` : '';
}
