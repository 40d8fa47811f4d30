import { defaultProjectName } from '@verve/contract';
import type { FastifyInstance } from 'fastify';

import type { Metrics } from '../metrics.ts';
import type { HttpSettings } from '../routes/parts.ts';
import { ServiceError } from '../service-error.ts';
import type { Storage } from '../storage/storage.ts';
import type { OpenCalls } from './open-calls.ts';

interface HealthParts {
  readonly storage: Pick<Storage, 'projects'>;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly openCalls: Pick<OpenCalls, 'isStopping'>;
  readonly http: Pick<HttpSettings, 'hasMetrics'>;
}

/** For probes and Prometheus: `/healthz` (the process turns), `/readyz` (it can serve), `/metrics`. They need no key. */
export function mountHealth(app: FastifyInstance, parts: HealthParts): void {
  const { storage, metrics, openCalls, http } = parts;
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async () => {
    if (openCalls.isStopping) throw new ServiceError('Unavailable', 'the server is stopping');
    // Reads a table: that a connection is open proves little.
    await storage.projects.findByName(defaultProjectName);
    return { status: 'ok' };
  });

  if (!http.hasMetrics) return;
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.text();
  });
}
