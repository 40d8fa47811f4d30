import cookie from '@fastify/cookie';
import { limits } from '@verve/contract';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

import { createAuthenticator } from './http/auth.ts';
import { mountDocs } from './http/docs.ts';
import { createMount } from './http/endpoint.ts';
import { refuseConnection, sendError } from './http/errors.ts';
import { harden, requestId } from './http/hardening.ts';
import { mountHealth } from './http/health.ts';
import { takeJsonBodies } from './http/json-body.ts';
import { meter } from './http/metering.ts';
import { createOpenCalls } from './http/open-calls.ts';
import { endUnusedConnections } from './http/unused-connections.ts';
import { mountEvents } from './routes/events.ts';
import { mountKeys } from './routes/keys.ts';
import type { HttpSettings, RouteParts } from './routes/parts.ts';
import { mountProjects } from './routes/projects.ts';
import { mountSession } from './routes/session.ts';
import { mountStats } from './routes/stats.ts';
import { mountTaskLogs } from './routes/task-logs.ts';
import { mountTasks } from './routes/tasks.ts';
import { mountWorkerCalls } from './routes/worker-calls.ts';
import { mountWorkers } from './routes/workers.ts';
import { notFound } from './service-error.ts';

/** What an app is made of. Whoever made a part closes it, after the app. */
export type AppParts = Omit<RouteParts, 'authenticator' | 'openCalls'> & { readonly logger: Logger };

/**
 * The HTTP side of the server, not yet listening. `close()` ends held polls and streams, lets running calls finish
 * and takes no new ones.
 */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app = createFastify(parts.logger, parts.http);
  const openCalls = createOpenCalls();
  const authenticator = createAuthenticator(parts.storage, parts.clock);

  app.setErrorHandler((error, request, reply) => {
    sendError(error, request, reply);
  });
  app.setNotFoundHandler(() => {
    throw notFound('call');
  });
  takeJsonBodies(app);
  harden(app, openCalls);
  endUnusedConnections(app);
  meter(app, parts.metrics);
  await app.register(cookie);

  mountHealth(app, { ...parts, openCalls });
  await mountDocs(app);
  mountApi(app, { ...parts, authenticator, openCalls });
  return app;
}

function mountApi(app: FastifyInstance, parts: RouteParts): void {
  const mount = createMount(app, parts.authenticator, parts.http.publicUrl);
  mountTasks(mount, parts);
  mountTaskLogs(mount, parts);
  mountWorkerCalls(mount, parts);
  mountWorkers(mount, parts);
  mountProjects(mount, parts);
  mountKeys(mount, parts);
  mountSession(mount, parts);
  mountStats(mount, parts);
  mountEvents(mount, parts);
}

function createFastify(logger: Logger, http: HttpSettings): FastifyInstance {
  const httpLogger: FastifyBaseLogger = logger.child({ component: 'http' });
  return Fastify({
    loggerInstance: httpLogger,
    // A line for each call tells nobody anything; metrics count them.
    // One logger for all calls: a child for each would cost a held poll more memory than the rest of it.
    childLoggerFactory: (parent) => parent,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy: http.trustProxy,
    bodyLimit: limits.personBodyBytes,
    // A whole request has to arrive within this; what the answer takes is not in it.
    requestTimeout: 60_000,
    // Longer than load balancers keep an idle connection (60 s is usual), so that they close it, not we under them.
    keepAliveTimeout: 75_000,
    // Silence on a connection. Held polls end at 30 s and streams show life every 15 s, so this one is dead.
    connectionTimeout: 120_000,
    http: { headersTimeout: 20_000, maxHeaderSize: 16 * 1024 },
    // Our own hook answers calls that arrive during a stop, with the contract's body.
    return503OnClosing: false,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply);
    },
  });
}
