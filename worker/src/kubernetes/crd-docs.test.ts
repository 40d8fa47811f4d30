import { readFileSync } from 'node:fs';

import {
  loadAllYaml,
  type V1CustomResourceDefinition,
  type V1JSONSchemaProps,
} from '@kubernetes/client-node';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);

/** The names of the fields of a schema, at all depths but those of conditions, which are Kubernetes' own. */
function fieldsOf(schema: V1JSONSchemaProps | undefined): readonly string[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
}

test.each(['agentrun', 'worker'])('each field of %s stands in its document', (kind) => {
  const [definition] = loadAllYaml(readFileSync(new URL(`crds/${kind}s.yaml`, root), 'utf8')) as [
    V1CustomResourceDefinition,
  ];
  const text = readFileSync(new URL(`docs/crds/${kind}.md`, root), 'utf8');

  const fields = definition.spec.versions.flatMap(({ schema }) => fieldsOf(schema?.openAPIV3Schema));

  expect(fields.length).toBeGreaterThan(5);
  expect(fields.filter((name) => !new RegExp(`\\b${name}\\b`, 'i').test(text))).toEqual([]);
});
