import type { JsonSchema } from './json-schema.ts';

/**
 * The same schema, in which names of properties are told by patterns or one by one: of a rule for names (`propertyNames`)
 * helm says what is wrong and not where.
 */
export function withNamedProperties(schema: JsonSchema): JsonSchema {
  const { propertyNames, ...rest } = schema;
  const inner = withinParts(rest);
  if (!propertyNames) return inner;
  const { additionalProperties: value } = inner;
  const values = typeof value === 'object' ? value : {};
  if (propertyNames.pattern !== undefined) {
    return { ...inner, patternProperties: { [propertyNames.pattern]: values }, additionalProperties: false };
  }
  if (propertyNames.enum) {
    const named = Object.fromEntries(propertyNames.enum.map((name) => [String(name), values]));
    return { ...inner, properties: { ...named, ...inner.properties }, additionalProperties: false };
  }
  return isAnyText(propertyNames) ? inner : { ...inner, propertyNames };
}

function withinParts(schema: JsonSchema): JsonSchema {
  const { properties, items, allOf, additionalProperties } = schema;
  const named = (fields: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, withNamedProperties(field)]));
  return {
    ...schema,
    ...(properties && { properties: named(properties) }),
    ...(items && { items: withNamedProperties(items) }),
    ...(allOf && { allOf: allOf.map(withNamedProperties) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: withNamedProperties(additionalProperties),
    }),
  };
}

/** Names are text. */
function isAnyText(names: JsonSchema): boolean {
  return Object.keys(names).every((word) => word === 'type');
}
