import { expect, test } from 'vitest';

import { apiRequestOf } from './api-request.ts';

test.each([
  ['GET /api/v1/namespaces/verve/pods?labelSelector=a%3Db', 'list', 'pods'],
  ['GET /api/v1/namespaces/verve/pods?watch=true&resourceVersion=7', 'watch', 'pods'],
  ['GET /api/v1/namespaces/verve/pods/tsk-1-x7k2p', 'get', 'pods'],
  ['GET /api/v1/namespaces/verve/pods/tsk-1-x7k2p/log?follow=true', 'get', 'pods/log'],
  ['POST /apis/batch/v1/namespaces/verve/jobs', 'create', 'jobs'],
  ['PUT /apis/coordination.k8s.io/v1/namespaces/verve/leases/verve-worker', 'update', 'leases'],
  ['PATCH /apis/verve.dev/v1alpha1/namespaces/verve/agentruns/tsk-1/status', 'patch', 'agentruns/status'],
  ['DELETE /apis/batch/v1/namespaces/verve/jobs/tsk-1', 'delete', 'jobs'],
  ['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'create', 'selfsubjectaccessreviews'],
  ['GET /version', 'list', 'other'],
  ['OPTIONS /', 'other', 'other'],
])('%s is %s of %s', (request, verb, resource) => {
  const [method = '', path = ''] = request.split(' ');

  expect(apiRequestOf(method, path)).toEqual({ verb, resource });
});
