import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { charts, type Chart } from './catalogue.ts';
import { chartSchema } from './chart-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { unprintedRules } from './unprinted.ts';
import { valuesTable } from './values-table.ts';

/** A file as it should be. */
export interface WrittenFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const tableMarks = ['<!-- values: made by `npm run charts` -->', '<!-- end of values -->'] as const;

/** What of the charts is made from other files: schemas, tables of values, and the definitions of Verve's kinds. */
export function chartFiles(root: string): readonly WrittenFile[] {
  return [...charts.flatMap((chart) => filesOf(root, chart)), ...definitions(root)];
}

function filesOf(root: string, chart: Chart): readonly WrittenFile[] {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const folder = `charts/${chart.name}`;
  const settings = JSON.parse(read(`docs/${chart.settings}`)) as JsonSchema;
  const schema = chartSchema(chart, read(`${folder}/values.yaml`), settings);
  const rules = unprintedRules(chart, settings, schema);
  const readme = `${folder}/README.md`;
  return [
    { path: `${folder}/values.schema.json`, text: `${JSON.stringify(schema, undefined, 2)}\n` },
    { path: `${folder}/files/unprinted.json`, text: `${JSON.stringify(rules, undefined, 2)}\n` },
    { path: `${folder}/templates/_checks.tpl`, text: read('scripts/charts/checks.tpl') },
    { path: readme, text: withTable(read(readme), valuesTable(schema)) },
  ];
}

/** Throws where the page has no place for the table. */
function withTable(page: string, table: string): string {
  const [begin, end] = tableMarks;
  const [head, rest] = page.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) throw new Error(`the page has no "${begin}" and "${end}"`);
  return `${head}${begin}\n\n${table}\n${end}${tail}`;
}

/** A chart cannot read what is outside of it. */
function definitions(root: string): readonly WrittenFile[] {
  return readdirSync(join(root, 'crds')).map((name) => ({
    path: `charts/verve-worker/files/crds/${name}`,
    text: readFileSync(join(root, 'crds', name), 'utf8'),
  }));
}
