import type { JsonSchema } from './json-schema.ts';

interface Row {
  readonly path: string;
  readonly fallback: string;
  readonly what: string;
}

/** A Markdown table of the values of a schema: path, default, description. */
export function valuesTable(schema: JsonSchema): string {
  const rows = rowsOf(schema, '');
  const lines = rows.map(({ path, fallback, what }) => `| \`${path}\` | ${fallback} | ${what} |`);
  return ['| value | default | what |', '|---|---|---|', ...lines, ''].join('\n');
}

function rowsOf({ properties, required = [] }: JsonSchema, path: string): readonly Row[] {
  return told(properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const own = rowOf(at, field, required.includes(name) && !hasDefault(field));
    if (isReference(field)) return [own];
    if (field.items?.properties) return [own, ...rowsOf(field.items, `${at}[]`)];
    const below = rowsOf(field, at);
    return below.length > 0 && !field.description ? below : [own, ...below];
  });
}

/** The fields of which something is said; of others only what they take is. */
function told(fields: JsonSchema['properties']): readonly (readonly [string, JsonSchema])[] {
  return Object.entries(fields ?? {}).filter(([, field]) => field.description ?? field.properties);
}

/** Of its own, or by all that is in it. */
function hasDefault(field: JsonSchema): boolean {
  return field.default !== undefined || (field.properties !== undefined && !isReference(field));
}

/** A key of a Secret, which is one value in two words. */
function isReference({ properties = {} }: JsonSchema): boolean {
  const names = Object.keys(properties);
  return names.length > 0 && names.every((name) => ['secret', 'configMap', 'key'].includes(name));
}

function rowOf(path: string, field: JsonSchema, isRequired: boolean): Row {
  const choice = field.enum?.map((one) => `\`${String(one)}\``).join(', ');
  const reference = isReference(field)
    ? `\`{ ${Object.keys(field.properties ?? {}).join(', ')} }\``
    : undefined;
  const words = [field.description, choice && `One of ${choice}.`, reference];
  const what = words
    .filter(Boolean)
    .join(' ')
    .replaceAll('|', String.raw`\|`);
  return { path, fallback: isRequired ? '**required**' : fallbackOf(field), what };
}

function fallbackOf({ default: fallback, properties }: JsonSchema): string {
  if (fallback === undefined || fallback === '' || told(properties).length > 0) return '';
  return `\`${JSON.stringify(fallback)}\``;
}
