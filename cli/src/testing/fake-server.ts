import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A call that the fake got. */
interface SeenCall {
  readonly method: string;
  /** Below the base path, with its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers a call: a value is sent as JSON with 200; or it writes the response itself and returns nothing. */
export type FakeAnswer = (call: SeenCall, response: ServerResponse) => unknown;

/** A server that speaks as the tests want it to. Keys are `GET /tasks` and the like, without query. */
export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly SeenCall[];
  answers: Readonly<Record<string, FakeAnswer>>;
}

/** Starts one on a free port. */
export async function startFakeServer(answers: Readonly<Record<string, FakeAnswer>>): Promise<FakeServer> {
  const calls: SeenCall[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake = {
    url: `http://127.0.0.1:${port}`,
    calls,
    answers,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = (request.url ?? '').replace(/^\/api\/v1/, '');
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
    const call = { method, path, headers: request.headers, body: hasBody ? await json(request) : undefined };
    calls.push(call);
    const found = fake.answers[`${method} ${path.replace(/\?.*/, '')}`];
    if (!found) return sendError(response, 404, 'NotFound');
    const value = found(call, response);
    if (value !== undefined)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  }

  return fake;
}

/** Sends an error as the server does. */
export function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code, message: `fake ${code}` } }));
}

/** Sends events and, unless it is left open, ends the stream. */
export function sendEvents(
  response: ServerResponse,
  events: readonly string[],
  ending: 'end' | 'break' | 'open',
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const event of events) response.write(`${event}\n\n`);
  if (ending === 'end') response.end();
  // After what was written is on its way.
  if (ending === 'break') response.write(':\n\n', () => setImmediate(() => response.destroy()));
}
