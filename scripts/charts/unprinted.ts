import type { Chart, UnprintedValue } from './catalogue.ts';
import type { JsonSchema } from './json-schema.ts';

/** What a template looks at, since a schema would print a wrong value. */
interface UnprintedRule {
  /** Keys down to the value; `*` is each entry of a list. */
  readonly path: readonly string[];
  readonly words: string;
  readonly mayBeEmpty: boolean;
  /** Regular expressions, in the syntax of Go. */
  readonly matches: readonly string[];
  readonly matchesNot: readonly string[];
}

/** The rules of values that may hold a secret, from the settings' schema and the chart's. Throws where there are none. */
export function unprintedRules(
  { unprinted }: Chart,
  settings: JsonSchema,
  values: JsonSchema,
): readonly UnprintedRule[] {
  return unprinted.map(({ path, words, setting = path.replace('config.', '') }) => {
    const { pattern, minLength, maxLength, allOf = [] } = schemaAt(settings, setting);
    const length = maxLength === undefined ? undefined : `^.{${minLength ?? 0},${maxLength}}$`;
    const matches = [pattern, length, ...allOf.map((rule) => rule.pattern)].filter(
      (one) => one !== undefined,
    );
    const matchesNot = allOf.map((rule) => rule.not?.pattern).filter((one) => one !== undefined);
    if (matches.length + matchesNot.length === 0) throw new Error(`${setting} has no pattern`);
    const mayBeEmpty = schemaAt(values, path).default === '';
    return { path: path.split('.'), words, mayBeEmpty, matches, matchesNot };
  });
}

/** A chart's schema without the rules of these values. */
export function withoutRulesOf(unprinted: readonly UnprintedValue[], values: JsonSchema): JsonSchema {
  return unprinted.reduce((schema, { path }) => withoutRules(schema, path.split('.')), values);
}

function schemaAt(schema: JsonSchema, path: string): JsonSchema {
  const found = path
    .split('.')
    .reduce<JsonSchema | undefined>(
      (at, step) => (step === '*' ? at?.items : at?.properties?.[step]),
      schema,
    );
  if (!found) throw new Error(`there is no ${path}`);
  return found;
}

function withoutRules(schema: JsonSchema, [step, ...rest]: readonly string[]): JsonSchema {
  if (step === undefined) {
    const { pattern: _pattern, format: _format, allOf: _allOf, ...plain } = schema;
    return plain;
  }
  if (step === '*') return { ...schema, items: withoutRules(schema.items ?? {}, rest) };
  const inner = withoutRules(schema.properties?.[step] ?? {}, rest);
  return { ...schema, properties: { ...schema.properties, [step]: inner } };
}
