import type { Chart } from './catalogue.ts';
import { withoutDefaults, withSecretKeys, without } from './config-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { withNamedProperties } from './named-properties.ts';
import { withoutRulesOf } from './unprinted.ts';
import { schemaOfValues } from './values-file.ts';

/** The schema of a chart's values: what its `values.yaml` says, with the program's settings below `config`. */
export function chartSchema(chart: Chart, valuesText: string, settings: JsonSchema): JsonSchema {
  const values = schemaOfValues(valuesText);
  const config = configSchema(chart, values.properties?.['config'] ?? {}, settings);
  const global = { type: 'object', description: 'Of charts that have this one as a part; not used.' };
  const properties = { ...values.properties, config, global };
  return withoutRulesOf(chart.unprinted, {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...values,
    properties,
  });
}

function configSchema(
  { decided, required, either, otherwise }: Chart,
  values: JsonSchema,
  settings: JsonSchema,
): JsonSchema {
  const {
    properties = {},
    type,
    additionalProperties,
  } = withNamedProperties(withSecretKeys(withoutDefaults(without(settings, decided), otherwise)));
  const changed = Object.entries(values.properties ?? {}).map(([name, { default: fallback, ...more }]) => {
    const schema = { ...properties[name], ...more, ...(fallback !== undefined && { default: fallback }) };
    return [name, schema] as const;
  });
  return {
    ...(type !== undefined && { type }),
    ...(additionalProperties !== undefined && { additionalProperties }),
    ...(values.description !== undefined && { description: values.description }),
    required,
    ...(either.length > 0 && { anyOf: either.map((name) => ({ required: [name] })) }),
    properties: { ...asNeeded(properties, required), ...Object.fromEntries(changed) },
  };
}

function asNeeded(
  fields: Readonly<Record<string, JsonSchema>>,
  names: readonly string[],
): Record<string, JsonSchema> {
  const changed = Object.entries(fields).map(([name, { default: fallback, ...field }]) => {
    const isRequired = names.includes(name);
    const needsOne = isRequired && field.type === 'array' ? { minItems: 1 } : {};
    return [
      name,
      { ...field, ...needsOne, ...(!isRequired && fallback !== undefined && { default: fallback }) },
    ] as const;
  });
  return Object.fromEntries(changed);
}
