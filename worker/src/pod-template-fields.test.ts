import { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { containerFields, podFields } from './pod-template-fields.ts';

test.each([
  ['a pod', podFields, V1PodSpec],
  ['a container', containerFields, V1Container],
] as const)('the fields of %s are those that the client sends', (...row) => {
  const [, fields, model] = row;
  const sent = model.getAttributeTypeMap().map(({ baseName }) => baseName);

  expect(fields).toEqual(new Set(sent));
});
