import { expect, test } from 'vitest';

import { CannotStart } from '../trial/settings.ts';
import { chooseImageWay } from './image-way.ts';

test.each([
  ['kind-dev', 'kind load docker-image {image} --name dev'],
  ['k3d-dev', 'k3d image import {image} --cluster dev'],
  ['minikube', 'minikube image load {image}'],
])('%s takes images by its own program', (context, line) => {
  expect(chooseImageWay(context, {})).toEqual({ kind: 'command', line });
});

test('docker-desktop has what Docker has', () => {
  expect(chooseImageWay('docker-desktop', {})).toEqual({ kind: 'shared' });
});

test('a setting goes before what fits the context', () => {
  const registry = { kind: 'registry', registry: 'localhost:5000' };

  expect(chooseImageWay('kind-dev', { VERVE_REGISTRY: 'localhost:5000/' })).toEqual(registry);
  expect(chooseImageWay('kind-dev', { VERVE_LOAD: 'ctr import {image}' })).toMatchObject({ kind: 'command' });
  expect(chooseImageWay('kind-dev', { VERVE_LOAD: 'shared' })).toEqual({ kind: 'shared' });
});

test.each([
  ['another context without a setting', {}],
  ['a command without an image', { VERVE_LOAD: 'kind load' }],
  ['two settings', { VERVE_LOAD: 'x {image}', VERVE_REGISTRY: 'r' }],
])('%s is told with what can be set', (_, env) => {
  expect(() => chooseImageWay('my-cluster', env)).toThrow(CannotStart);
  expect(() => chooseImageWay('my-cluster', env)).toThrow(/VERVE_LOAD='kind load[^]*VERVE_REGISTRY=/);
});
