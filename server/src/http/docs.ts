import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { openApiDocument } from '@verve/contract/openapi';
import type { FastifyInstance } from 'fastify';

/** Nothing from elsewhere; the page of swagger-ui sets styles of its own and draws small images. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Verve's sign, for the tab of the browser. */
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3730a3"/>' +
  '<path d="M9 9l7 14 7-14" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>';

/** `/openapi.json`, made from the contract, and `/docs`, a page to read and try it. */
export async function mountDocs(app: FastifyInstance): Promise<void> {
  const document = openApiDocument();
  app.get('/openapi.json', async () => document);
  app.get('/', async (_request, reply) => reply.redirect('/docs'));
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    // The other layout has a bar with a box for the URL of any document.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, tryItOutEnabled: true, persistAuthorization: false },
    logo: { type: 'image/svg+xml', content: icon },
    theme: {
      title: 'Verve API',
      favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }],
    },
  });
}
