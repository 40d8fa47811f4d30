import type { JsonSchema } from './json-schema.ts';
import { keyPattern, requiredName } from './kubernetes-values.ts';

const key: JsonSchema = { type: 'string', pattern: keyPattern, description: 'Which of its keys.' };
const secret: JsonSchema = { ...requiredName, description: 'The name of a Secret.' };
const configMap: JsonSchema = { ...requiredName, description: 'The name of a ConfigMap.' };

const secretKey: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['secret', 'key'],
  properties: { secret, key },
};
/** Authorities are no secret. */
const eitherKey: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['key'],
  properties: { secret, configMap, key },
  oneOf: [{ required: ['secret'] }, { required: ['configMap'] }],
};

/**
 * The schema of a program's settings as a chart takes them: wherever a setting names a file with a secret (`…File`), the
 * chart takes a key of a Secret (`…From`), and mounts it.
 */
export function withSecretKeys(schema: JsonSchema): JsonSchema {
  const { properties, items, required, allOf } = schema;
  return {
    ...schema,
    ...(schema.description !== undefined && { description: renamed(schema.description) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(fieldWithKey)) }),
    ...(items && { items: withSecretKeys(items) }),
    ...(required && { required: required.map(nameOf) }),
    ...(allOf && { allOf: allOf.map(ruleWithNames) }),
  };
}

/** A rule between settings, which speaks of files by their names alone. */
function ruleWithNames(rule: JsonSchema): JsonSchema {
  const text = JSON.stringify(rule, (key, value: unknown) => {
    if (key === 'required') return (value as readonly string[]).map(nameOf);
    if (key !== 'properties') return value;
    return Object.fromEntries(Object.entries(value as object).map(([name, field]) => [nameOf(name), field]));
  });
  return JSON.parse(text) as JsonSchema;
}

function fieldWithKey([name, schema]: [string, JsonSchema]): [string, JsonSchema] {
  const described = { description: renamed(schema.description ?? '') };
  if (name.endsWith('Files')) {
    const additionalProperties = { ...secretKey, description: 'Where the value is.' };
    return [nameOf(name), { type: 'object', ...described, additionalProperties }];
  }
  if (!name.endsWith('File')) return [name, withSecretKeys(schema)];
  return [nameOf(name), { ...(name === 'caFile' ? eitherKey : secretKey), ...described }];
}

function nameOf(setting: string): string {
  return setting.replace(/Files?$/, 'From');
}

function renamed(description: string): string {
  return description.replaceAll(/([`"][a-zA-Z]+)Files?([`"])/g, '$1From$2');
}

/** A schema without the fields that somebody else decides: each a path as `kubernetes.installation`. */
export function without(schema: JsonSchema, paths: readonly string[]): JsonSchema {
  const own = new Set(paths.filter((path) => !path.includes('.')));
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => !own.has(name));
  const nested = fields.map(([name, field]): [string, JsonSchema] => {
    const below = paths
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    return [name, below.length > 0 ? without(field, below) : field];
  });
  return { ...schema, properties: Object.fromEntries(nested) };
}

/** A schema in which settings, each a path as `kubernetes.image`, have no default and are described anew. */
export function withoutDefaults(
  schema: JsonSchema,
  descriptions: Readonly<Record<string, string>>,
): JsonSchema {
  return Object.entries(descriptions).reduce(
    (changed, [path, description]) => redescribed(changed, path.split('.'), description),
    schema,
  );
}

function redescribed(
  schema: JsonSchema,
  [step, ...rest]: readonly string[],
  description: string,
): JsonSchema {
  if (step === undefined) {
    const { default: _default, ...plain } = schema;
    return { ...plain, description };
  }
  const field = schema.properties?.[step];
  if (!field) throw new Error(`there is no setting ${step}`);
  return {
    ...schema,
    properties: { ...schema.properties, [step]: redescribed(field, rest, description) },
  };
}
