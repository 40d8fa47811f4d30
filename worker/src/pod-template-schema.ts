import { absent, type SchemaRule } from './json-schema.ts';
import { containerFields, podFields } from './pod-template-fields.ts';
import {
  containerLists,
  freeInSecurityContext,
  freeName,
  ownVolume,
  placeRules,
  podLists,
  reservedInContainer,
  reservedInPod,
  reservedName,
  reservedVariable,
} from './pod-template-rules.ts';

// The rules of pod-template-rules.ts as a JSON Schema has them, for charts and editors, which see a template first.

/** Of labels and annotations. */
export const namesRule: SchemaRule = {
  propertyNames: { anyOf: [{ pattern: freeName.source }, without(reservedName)] },
};

/** Of the pod's spec. */
export const specRule: SchemaRule = {
  additionalProperties: false,
  properties: {
    ...any(podFields),
    ...none(reservedInPod),
    ...lists(podLists),
    securityContext: { type: 'object', propertyNames: { enum: [...freeInSecurityContext] } },
    volumes: {
      type: 'array',
      items: {
        properties: {
          name: without(ownVolume),
          projected: {
            properties: { sources: { items: { properties: { serviceAccountToken: absent } } } },
          },
        },
      },
    },
  },
};

/** Of a phase's container. */
export const containerRule: SchemaRule = {
  additionalProperties: false,
  properties: {
    ...any(containerFields),
    ...none(reservedInContainer),
    ...lists(containerLists),
    env: { type: 'array', items: { properties: { name: without(reservedVariable) } } },
    volumeMounts: {
      type: 'array',
      items: {
        properties: {
          name: without(ownVolume),
          mountPath: {
            allOf: placeRules.map(({ pattern, mustMatch }) =>
              mustMatch ? { pattern: pattern.source } : without(pattern),
            ),
          },
        },
      },
    },
  },
};

function without({ source }: RegExp): SchemaRule {
  return { not: { pattern: source } };
}

function none(names: ReadonlySet<string>): Record<string, SchemaRule> {
  return Object.fromEntries([...names].map((name) => [name, absent]));
}

function any(names: ReadonlySet<string>): Record<string, SchemaRule> {
  return Object.fromEntries([...names].map((name) => [name, {}]));
}

function lists(names: readonly string[]): Record<string, SchemaRule> {
  return Object.fromEntries(names.map((name) => [name, { type: 'array' }]));
}
