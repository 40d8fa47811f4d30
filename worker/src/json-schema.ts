/** What is used of JSON Schema, draft 7, to tell rules between settings, which a type cannot. */
export interface SchemaRule {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaRule>>;
  readonly additionalProperties?: false;
  readonly propertyNames?: SchemaRule;
  readonly items?: SchemaRule;
  readonly allOf?: readonly SchemaRule[];
  readonly anyOf?: readonly SchemaRule[];
  readonly not?: SchemaRule;
  readonly if?: SchemaRule;
  readonly then?: SchemaRule;
  readonly else?: SchemaRule;
}

/** Of a property: it must not be there. Says more than `false`, of which validators say nothing but that it is so. */
export const absent: SchemaRule = { type: 'null' };

/** What holds where a condition does, and where it does not. */
export function when(condition: SchemaRule, consequence: SchemaRule, otherwise: SchemaRule = {}): SchemaRule {
  // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema, and nothing that is awaited
  return { if: condition, then: consequence, else: otherwise };
}

/** Of an object: a property has a value that a rule fits; one that is not there has none. */
export function has(property: string, rule: SchemaRule = {}): SchemaRule {
  return { required: [property], properties: { [property]: rule } };
}
