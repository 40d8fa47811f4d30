import type { JsonSchema } from './json-schema.ts';

// What Kubernetes takes where a value goes to it as it is. A line `# @schema <word>` of a values.yaml names one of these.

const dnsName = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*';
/** Of a Secret or a ConfigMap; a file's name, too. */
export const keyPattern = String.raw`^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$`;
const labelName = '[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?';
const amount = '(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)';
const large = '[kMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+';

/** Of an object. */
export const requiredName: JsonSchema = { type: 'string', maxLength: 253, pattern: `^${dnsName}$` };
const bytes: JsonSchema = {
  type: ['string', 'number'],
  pattern: `^${amount}(?:${large})?$`,
  minimum: 0,
};
const quantity: JsonSchema = { ...bytes, pattern: `^${amount}(?:[num]|${large})?$` };
const keyOfLabel = `^(?:${dnsName}/)?${labelName}$`;
const labelValue: JsonSchema = { type: 'string', maxLength: 63, pattern: `^(?:${labelName})?$` };
const count: JsonSchema = { type: 'integer', minimum: 1 };
const text: JsonSchema = { type: 'string' };

/** Variables are settings, which stand below `config`; a template says so of `VERVE_…`. */
const variable: JsonSchema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[-._a-zA-Z][-._a-zA-Z0-9]*$' },
    value: text,
    valueFrom: { type: 'object' },
  },
};

const toleration: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    key: text,
    operator: { enum: ['Exists', 'Equal'] },
    value: text,
    effect: { enum: ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    tolerationSeconds: { type: 'integer' },
  },
};

const spread: JsonSchema = {
  type: 'object',
  required: ['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
  properties: {
    maxSkew: count,
    topologyKey: text,
    whenUnsatisfiable: { enum: ['DoNotSchedule', 'ScheduleAnyway'] },
  },
};

const mount: JsonSchema = {
  type: 'object',
  required: ['name', 'mountPath'],
  properties: { name: requiredName, mountPath: { type: 'string', pattern: '^/.' } },
};

/** By word. */
export const kubernetesValues: Readonly<Record<string, JsonSchema>> = {
  name: { ...requiredName, pattern: `^(?:${dnsName})?$` },
  key: { pattern: keyPattern, maxLength: 253 },
  names: { items: requiredName },
  labels: { patternProperties: { [keyOfLabel]: labelValue }, additionalProperties: false },
  annotations: { patternProperties: { [keyOfLabel]: text }, additionalProperties: false },
  bytes,
  'bytes-or-none': { ...bytes, pattern: `^(?:${amount}(?:${large})?)?$` },
  quantities: { additionalProperties: quantity, properties: { memory: bytes, 'ephemeral-storage': bytes } },
  share: { type: ['integer', 'string'], minimum: 0, pattern: '^[0-9]{1,3}%$' },
  interval: { pattern: '^(?:[0-9]+(?:ms|[smhdwy]))+$' },
  ranges: { items: { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' } },
  probe: {
    additionalProperties: false,
    properties: {
      initialDelaySeconds: { type: 'integer', minimum: 0 },
      periodSeconds: count,
      timeoutSeconds: count,
      failureThreshold: count,
      successThreshold: count,
      terminationGracePeriodSeconds: count,
    },
  },
  tolerations: { items: toleration },
  spreads: { items: spread },
  affinity: {
    additionalProperties: false,
    properties: {
      nodeAffinity: { type: 'object' },
      podAffinity: { type: 'object' },
      podAntiAffinity: { type: 'object' },
    },
  },
  variables: { items: variable },
  volumes: { items: { type: 'object', required: ['name'], properties: { name: requiredName } } },
  mounts: { items: mount },
  registry: { pattern: '^(?:[a-zA-Z0-9](?:[-._:/a-zA-Z0-9]*[a-zA-Z0-9])?)?$' },
  repository: { pattern: '^[a-z0-9](?:[-._:/a-zA-Z0-9]*[a-zA-Z0-9])?$' },
  tag: { pattern: '^(?:[_a-zA-Z0-9][-._a-zA-Z0-9]{0,127})?$' },
  digest: { pattern: '^(?:sha256:[0-9a-f]{64})?$' },
  host: { maxLength: 253, pattern: `^(?:(?:\\*\\.)?${dnsName})?$` },
};
