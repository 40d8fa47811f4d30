import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';

import { api, basePath, type Endpoint } from './api.ts';
import { errorBody } from './errors.ts';
import { apiDescription } from './openapi-description.ts';

const errorAnswer = { description: 'An error', content: { 'application/json': { schema: errorBody } } };

function successes(endpoint: Endpoint): ZodOpenApiOperationObject['responses'] {
  const entries = endpoint.statuses.map((status) => {
    if (status === 204 || (!endpoint.response && !endpoint.hasEventStream)) {
      return [String(status), { description: 'Done; no content' }];
    }
    const json = endpoint.response && { 'application/json': { schema: endpoint.response } };
    const stream = endpoint.hasEventStream && {
      'text/event-stream': { schema: { type: 'string' as const } },
    };
    return [String(status), { description: 'Success', content: { ...json, ...stream } }];
  });
  return Object.fromEntries(entries) as ZodOpenApiOperationObject['responses'];
}

function operation(name: string, endpoint: Endpoint): ZodOpenApiOperationObject {
  const requestParams = {
    ...(endpoint.params && { path: endpoint.params }),
    ...(endpoint.query && { query: endpoint.query }),
    ...(endpoint.headers && { header: endpoint.headers }),
  };
  return {
    operationId: name,
    summary: endpoint.summary,
    description: endpoint.role === 'none' ? 'Needs no key.' : `Least role: ${endpoint.role}.`,
    tags: [endpoint.role === 'worker' ? 'worker' : (endpoint.path.split('/')[1] ?? '')],
    ...(endpoint.role === 'none' && { security: [] }),
    requestParams: requestParams as NonNullable<ZodOpenApiOperationObject['requestParams']>,
    ...(endpoint.body && {
      requestBody: {
        required: endpoint.isBodyOptional !== true,
        content: { 'application/json': { schema: endpoint.body } },
      },
    }),
    responses: { ...successes(endpoint), default: errorAnswer },
  };
}

/** The OpenAPI 3.1 document of the API, made from the same table that the server and its clients use. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, endpoint] of Object.entries(api)) {
    const path = (paths[`${basePath}${endpoint.path}`] ??= {});
    path[endpoint.method.toLowerCase()] = operation(name, endpoint);
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Verve',
      version: 'v1',
      description: apiDescription,
    },
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'verve_session' },
      },
    },
  });
}
