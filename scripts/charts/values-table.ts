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

function rowsOf({ properties = {}, required = [] }: JsonSchema, path: string): readonly Row[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const own = rowOf(at, field, required.includes(name));
    if (isReference(field)) return [own];
    if (field.items?.properties) return [own, ...rowsOf(field.items, `${at}[]`)];
    const below = rowsOf(field, at);
    return below.length > 0 && !field.description ? below : [own, ...below];
  });
}

/** A key of a Secret, which is one value in two words. */
function isReference({ properties = {} }: JsonSchema): boolean {
  return 'secret' in properties && 'key' in properties;
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
  if (fallback === undefined || fallback === '' || properties) return '';
  return `\`${JSON.stringify(fallback)}\``;
}
