import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

import type { JsonSchema } from './json-schema.ts';
import { kubernetesValues } from './kubernetes-values.ts';

/** A `values.yaml` cannot be its chart's documentation; the message says where. */
class ValuesInvalid extends Error {
  override readonly name = 'ValuesInvalid';
}

const schemaMark = '@schema ';

/**
 * The schema of a chart's values, from the text of its `values.yaml`: the comment right above a key is its description, its
 * value the default, which gives the type, and a line `# @schema` of the comment, with JSON Schema or a word of
 * kubernetes-values.ts, is laid over that. Mappings in braces and lists take anything. Every key needs a comment, and all are
 * required: a value of `null` takes a default away. Throws ValuesInvalid.
 */
export function schemaOfValues(text: string): JsonSchema {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new ValuesInvalid('the file has no mapping');
  return { type: 'object', ...fieldsOf(document.contents, '') };
}

function fieldsOf(map: YAMLMap, path: string): JsonSchema {
  const entries = map.items.map((pair, n): [string, JsonSchema] => {
    const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
    // The comment above the first key is that of the mapping.
    const comment =
      (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? (n === 0 && map.commentBefore);
    return [key, fieldOf(pair, { path: path === '' ? key : `${path}.${key}`, comment: comment || '' })];
  });
  return {
    additionalProperties: false,
    required: entries.map(([key]) => key),
    properties: Object.fromEntries(entries),
  };
}

interface Place {
  readonly path: string;
  readonly comment: string;
}

function fieldOf({ value }: Pair, { path, comment }: Place): JsonSchema {
  const lines = lastBlock(comment);
  const description = lines.filter((line) => !line.startsWith(schemaMark)).join(' ');
  if (description === '') throw new ValuesInvalid(`${path} has no comment that says what it is`);
  const marks = lines.filter((line) => line.startsWith(schemaMark));
  const given = marks.map((line) => schemaGiven(line.slice(schemaMark.length), path));
  return Object.assign({ description, ...shapeOf(value, path) }, ...given) as JsonSchema;
}

function schemaGiven(text: string, path: string): JsonSchema {
  if (text.startsWith('{')) return JSON.parse(text) as JsonSchema;
  const named = kubernetesValues[text];
  if (!named) throw new ValuesInvalid(`${path} names a schema that there is not: ${text}`);
  return named;
}

/** A blank line parts what is said of a group of keys from what is said of one. */
function lastBlock(comment: string): readonly string[] {
  const block = comment.split(/\n\s*\n/).at(-1) ?? '';
  return block.split('\n').map((line) => line.trim());
}

function shapeOf(value: unknown, path: string): JsonSchema {
  if (isMap(value) && !value.flow) return { type: 'object', ...fieldsOf(value, path) };
  const fallback: unknown = isScalar(value) ? value.value : (value as { toJSON(): unknown }).toJSON();
  return { type: typeOf(fallback, path), default: fallback };
}

function typeOf(value: unknown, path: string): string {
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  if (value === null) throw new ValuesInvalid(`${path} has no value, which gives no type`);
  return typeof value;
}
