import { z } from 'zod';

import { envName } from './settings.ts';

interface Row {
  readonly path: string;
  readonly variable: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

/** A Markdown table of a schema's settings: path, variable, type, default, description. */
export function settingsTable(schema: z.ZodObject): string {
  const head = ['| setting | variable | type | default | what |', '|---|---|---|---|---|'];
  const rows = rowsOf(schema, []).map(
    (row) => `| \`${row.path}\` | ${row.variable} | ${row.type} | ${row.fallback} | ${row.description} |`,
  );
  return [...head, ...rows, ''].join('\n');
}

function rowsOf(schema: z.ZodObject, path: readonly string[]): Row[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const fieldPath = [...path, key];
    const { inner, fallback, description } = unwrap(field);
    if (inner instanceof z.ZodObject) return rowsOf(inner, fieldPath);
    const isList = inner instanceof z.ZodArray;
    if (isList && inner.element instanceof z.ZodObject) {
      const own = row(fieldPath, { type: 'list', fallback, description, isInFileOnly: true });
      // Fields of which nothing is said are somebody else's, as Kubernetes'.
      const fields = rowsOf(inner.element, [...path, `${key}[]`]).filter((one) => one.description !== '');
      return [own, ...fields.map(asInFile)];
    }
    const isInFileOnly = (isList ? inner.element : inner) instanceof z.ZodRecord;
    const type = isList ? (isInFileOnly ? 'list' : inEnvironment) : typeName(inner);
    return [row(fieldPath, { type, fallback, description, isInFileOnly })];
  });
}

const inEnvironment = 'list, separated by commas';

/** What stands in a list of objects has no variable. */
function asInFile(row: Row): Row {
  return { ...row, variable: '–', type: row.type === inEnvironment ? 'list' : row.type };
}

interface Facts {
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
  readonly isInFileOnly: boolean;
}

function row(path: readonly string[], { type, fallback, description, isInFileOnly }: Facts): Row {
  return {
    path: path.join('.'),
    variable: isInFileOnly ? '–' : `\`${envName(path)}\``,
    type,
    fallback,
    description: description.replaceAll('|', '\\|'),
  };
}

function unwrap(field: unknown): { inner: unknown; fallback: string; description: string } {
  let inner = field;
  let fallback = '';
  let description = '';
  while (inner instanceof z.ZodType) {
    description ||= inner.description ?? '';
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
      fallback ||= shown(inner.def.defaultValue);
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      inner = inner.unwrap();
      continue;
    }
    break;
  }
  return { inner, fallback, description };
}

/** Objects in a list are for the description to tell. */
function shown(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return '';
  const text = JSON.stringify(value);
  return text === undefined || text === '[]' || text === '{}' ? '' : `\`${text.replaceAll('"', '')}\``;
}

function typeName(type: unknown): string {
  if (type instanceof z.ZodEnum) return type.options.map((option) => `\`${option}\``).join(', ');
  if (type instanceof z.ZodNumber) return type.format === 'safeint' ? 'whole number' : 'number';
  if (type instanceof z.ZodBoolean) return '`true`, `false`';
  return type instanceof z.ZodRecord ? 'mapping' : 'text';
}
